/** A bar chart as a Vega specification: a bar for each figure, with a line over its middle half. */
const STEP = 26;
const COLORS = { ours: '#1b6ca8', others: '#b9c4cc' };

/** @param bars `{ name, median, low, high, isOurs }` each, the first on top */
export function barChart({ title, unit, bars }) {
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    background: 'white',
    padding: 8,
    width: 420,
    height: STEP * bars.length,
    title: { text: title, anchor: 'start' },
    data: [{ name: 'bars', values: bars }],
    scales: [
      { name: 'x', domain: [0, Math.max(...bars.map(({ high }) => high))], nice: true, range: 'width' },
      { name: 'y', type: 'band', padding: 0.3, domain: bars.map(({ name }) => name), range: 'height' },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: unit, tickCount: 6 },
      { orient: 'left', scale: 'y', ticks: false, domain: false, labelLimit: 260 },
    ],
    marks: [bar(), middleHalf(), figure()],
  };
}

function bar() {
  return mark('rect', {
    x: { scale: 'x', value: 0 },
    x2: { scale: 'x', field: 'median' },
    y: { scale: 'y', field: 'name' },
    height: { scale: 'y', band: 1 },
    fill: [{ test: 'datum.isOurs', value: COLORS.ours }, { value: COLORS.others }],
  });
}

function middleHalf() {
  return mark('rule', {
    x: { scale: 'x', field: 'low' },
    x2: { scale: 'x', field: 'high' },
    y: { scale: 'y', field: 'name', band: 0.5 },
    stroke: { value: '#333' },
  });
}

function figure() {
  return mark('text', {
    x: { scale: 'x', field: 'high', offset: 4 },
    y: { scale: 'y', field: 'name', band: 0.5 },
    text: { signal: "format(datum.median, datum.median < 10 ? '.2~f' : ',.0f')" },
    baseline: { value: 'middle' },
    fontSize: { value: 10 },
  });
}

function mark(type, enter) {
  return { type, from: { data: 'bars' }, encode: { enter } };
}
