/** What the demo measures; the README shows the figures of the run that is kept in figures.json. */
export interface Figures {
  readonly machine: string;
  readonly coldStart: {
    readonly rounds: number;
    readonly withoutCache: ColdStart;
    readonly miss: ColdStart;
    readonly hit: ColdStart;
  };
  readonly oneInstance: {
    readonly invocations: number;
    readonly withoutCacheMs: number;
    readonly table: Reads;
    readonly memory: Reads;
  };
  readonly recreate: { readonly requests: number; readonly ms: number };
}

/** Medians, milliseconds. */
export interface ColdStart {
  /** From the start of the process until the function is loaded. */
  readonly initMs: number;
  /** The first answer, after that. */
  readonly answerMs: number;
}

export interface Reads {
  /** The median of an answer. */
  readonly ms: number;
  readonly requests: number;
  readonly readUnits: number;
}

/** The paragraph and the table of the README. */
export function figuresText({ machine, coldStart, oneInstance, recreate }: Figures): string {
  const { withoutCache, miss, hit, rounds } = coldStart;
  const { invocations, withoutCacheMs, table, memory } = oneInstance;
  const savedSeconds = ((invocations * (withoutCacheMs - memory.ms)) / 1_000).toFixed(0);
  const row = (name: string, { initMs, answerMs }: ColdStart): string =>
    `| ${name.padEnd(31)} | ${whole(initMs)} | ${whole(answerMs)} | ${whole(initMs + answerMs)} |`;
  return [
    `Of ${invocations} questions to one instance each took ${whole(withoutCacheMs)} ms without the cache,`,
    `${tenth(table.ms)} ms out of the table and ${tenth(memory.ms)} ms out of memory: ${savedSeconds} s saved,`,
    `and ${invocations} requests to the traffic service. The table cost ${table.requests} requests and ${table.readUnits} read`,
    `units, with memory ${memory.requests} and ${memory.readUnits}. While the table was deleted and created anew,`,
    `${recreate.requests} questions were asked, and none failed.`,
    '',
    '| a cold start, milliseconds      | init | first answer | both |',
    '| ------------------------------- | ---: | -----------: | ---: |',
    row('without the cache', withoutCache),
    row('with the cache, which misses', miss),
    row('with the cache, hit in the table', hit),
    '',
    `Medians of ${rounds} processes each, on ${machine}.`,
  ].join('\n');
}

function whole(figure: number): string {
  return figure.toFixed(0);
}

function tenth(figure: number): string {
  return figure.toFixed(1);
}
