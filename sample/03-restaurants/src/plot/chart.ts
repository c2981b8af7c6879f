/** The chart as a Vega specification: for each question a panel, for each tier a row with its distribution. */
import type { Axis, Mark, Spec, Title } from 'vega';
import { densityOf } from './distribution';
import { type Latency, type Row, ms, rowsOf } from './latency';
import { TIERS, type Tier } from './readers';

export const FONT = 'Lato';

const COLORS: Record<Tier, string> = {
  database: '#5b6770',
  'cache table': '#1b6ca8',
  Redis: '#c2491d',
  memory: '#1f7a4d',
};
const INK = '#22292f';
const PALE = '#d9dfe3';

const ROW = { height: 62, ridge: 50 };
const PANEL = { left: 100, width: 520, gap: 88 };
const COLUMNS: readonly (readonly [keyof Omit<Row, 'tier'>, number])[] = [
  ['p50', 590],
  ['p95', 660],
  ['p99', 730],
];

export function chartOf({ questions, reads }: Latency): Spec {
  const domain = domainOf(questions.flatMap(({ durations }) => Object.values(durations).flat()));
  const panels = questions.map(({ title, durations }, i) => panel(i, title, rowsOf(durations)));
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    background: 'white',
    // The extent of texts is only guessed without a browser, so nothing is fitted to it.
    autosize: 'none',
    padding: { top: 84, left: 20, right: 24, bottom: 16 },
    width: PANEL.left + COLUMNS.at(-1)![1],
    height: questions.length * (TIERS.length * ROW.height + PANEL.gap) - 24,
    title: titleOf(reads),
    config: {
      title: { font: FONT, subtitleFont: FONT },
      axis: { labelFont: FONT, titleFont: FONT },
      text: { font: FONT },
    },
    scales: [{ name: 'x', type: 'log', domain, range: [0, PANEL.width] }],
    data: questions.flatMap(({ durations }, i) =>
      Object.entries(durations).map(([tier, all]) => ({
        name: `curves-${i}-${tier}`,
        values: densityOf(all.map((us) => us / 1_000)),
      })),
    ),
    marks: panels,
  };
}

function titleOf(reads: number): Title {
  return {
    text: 'How long a read takes, and where its answer comes from',
    subtitle: `${reads.toLocaleString('en')} reads in each row, by turns. The long mark is the median, the short ones are p95 and p99; figures in milliseconds, on a logarithmic scale.`,
    anchor: 'start',
    offset: 26,
    fontSize: 18,
    subtitleFontSize: 12,
    subtitlePadding: 6,
    color: INK,
    subtitleColor: '#5b6770',
  };
}

function panel(index: number, title: string, rows: readonly Row[]): Mark {
  return {
    type: 'group',
    encode: {
      enter: {
        x: { value: PANEL.left },
        y: { value: index * (TIERS.length * ROW.height + PANEL.gap) + 24 },
        width: { value: PANEL.width },
        height: { value: rows.length * ROW.height },
      },
    },
    // What grid lines measure themselves by, else those of the whole chart.
    signals: [
      { name: 'width', update: String(PANEL.width) },
      { name: 'height', update: String(rows.length * ROW.height) },
    ],
    axes: [axis()],
    marks: [
      text({ x: -PANEL.left, y: -18, text: title, weight: 'bold', size: 13 }),
      ...COLUMNS.map(([name, x]) => text({ x, y: -18, text: name, align: 'right', color: '#5b6770' })),
      ...rows.flatMap((row, i) => ridge(`curves-${index}`, row, (i + 1) * ROW.height)),
    ],
  };
}

function axis(): Axis {
  return {
    orient: 'bottom',
    scale: 'x',
    grid: true,
    gridColor: PALE,
    domain: false,
    ticks: false,
    values: [0.01, 0.1, 1, 10, 100, 1_000],
    encode: { labels: { update: { text: { signal: LABEL } } } },
    labelColor: '#5b6770',
    labelPadding: 6,
    zindex: 0,
  };
}

function ridge(curves: string, row: Row, baseline: number): Mark[] {
  const color = COLORS[row.tier];
  const mark = (at: number, height: number, width: number): Mark => ({
    type: 'rule',
    encode: {
      enter: {
        x: { scale: 'x', value: at },
        y: { value: baseline },
        y2: { value: baseline - height },
        stroke: { value: color },
        strokeWidth: { value: width },
      },
    },
  });
  return [
    {
      type: 'area',
      from: { data: `${curves}-${row.tier}` },
      encode: {
        enter: {
          x: { scale: 'x', field: 'x' },
          y: { signal: `${baseline} - datum.density * ${ROW.ridge}` },
          y2: { value: baseline },
          fill: { value: color },
          fillOpacity: { value: 0.25 },
          stroke: { value: color },
          strokeWidth: { value: 1.2 },
        },
      },
    },
    mark(row.p50, ROW.ridge, 2),
    mark(row.p95, ROW.ridge / 3, 1.5),
    mark(row.p99, ROW.ridge / 3, 1.5),
    text({ x: -PANEL.left, y: baseline - 10, text: row.tier, color, weight: 'bold', size: 13 }),
    ...COLUMNS.map(([name, x]) =>
      text({
        x,
        y: baseline - 10,
        text: ms(row[name]),
        align: 'right',
        weight: name === 'p50' ? 'bold' : 'normal',
        size: 13,
      }),
    ),
  ];
}

const LABEL =
  "datum.value < 1 ? format(datum.value * 1000, '~r') + ' µs' : datum.value < 1000 ? datum.value + ' ms' : datum.value / 1000 + ' s'";

interface Words {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align?: 'left' | 'right';
  readonly color?: string;
  readonly weight?: 'bold' | 'normal';
  readonly size?: number;
}

function text({ x, y, text, align = 'left', color = INK, weight = 'normal', size = 12 }: Words): Mark {
  return {
    type: 'text',
    encode: {
      enter: {
        x: { value: x },
        y: { value: y },
        text: { value: text },
        align: { value: align },
        fill: { value: color },
        fontWeight: { value: weight },
        fontSize: { value: size },
      },
    },
  };
}

/** Whole halves of decades around all of it. */
function domainOf(us: readonly number[]): [number, number] {
  const logs = us.map((figure) => Math.log10(figure / 1_000));
  const lowest = logs.reduce((a, b) => Math.min(a, b));
  const highest = logs.reduce((a, b) => Math.max(a, b));
  return [10 ** (Math.floor(lowest * 2 - 0.2) / 2), 10 ** (Math.ceil(highest * 2 + 0.2) / 2)];
}
