/** Measured latencies as they are kept, and as tables. */
import { type Percentiles, percentilesOf } from './distribution';
import { type Durations, WARM_UP } from './measure';
import { TIERS, type Tier } from './readers';

export interface Latency {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly engine: string;
  readonly seed: number;
  /** Of each question, from each tier. */
  readonly reads: number;
  /** Microseconds. */
  readonly questions: readonly { readonly title: string; readonly durations: Durations }[];
}

export interface Row extends Percentiles {
  readonly tier: Tier;
}

/** Milliseconds. */
export function rowsOf(durations: Durations): Row[] {
  return TIERS.map((tier) => {
    const { p50, p95, p99 } = percentilesOf(durations[tier]);
    return { tier, p50: p50 / 1_000, p95: p95 / 1_000, p99: p99 / 1_000 };
  });
}

/** One for each question, in Markdown. */
export function tablesOf({ questions }: Latency): string {
  return questions
    .map(({ title, durations }) => {
      const cells = rowsOf(durations).map(({ tier, p50, p95, p99 }) => [tier, ...[p50, p95, p99].map(ms)]);
      return markdownTable([[`${title.split(':')[0] ?? ''}, ms`, 'p50', 'p95', 'p99'], ...cells]);
    })
    .join('\n\n');
}

/** What has to be known to judge the figures. */
export function methodOf({ reads, engine, machine, versions, date, seed }: Latency): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `${reads.toLocaleString('en')} reads of each question from each tier, one at a time and by turns, of the same names ` +
    `(seed ${seed}), in one run; what filled the tiers and ${WARM_UP} more reads are left out. Every tier is on the same machine ` +
    `(${machine}), which had other work, too: ${engine} stands for DynamoDB, so both tables lack the way through the network. ` +
    `${used.join(', ')}; ${date}.`
  );
}

/** Three digits, and whole microseconds. */
export function ms(figure: number): string {
  if (figure >= 100) return figure.toFixed(0);
  return figure >= 1 ? figure.toPrecision(3) : figure.toFixed(3);
}

function markdownTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const [head, ...rest] = lines.map(
    (line) =>
      `| ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`,
  );
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [head, `| ${rule.join(' | ')} |`, ...rest].join('\n');
}
