import type { Loaded } from './load';

/** Is told how a load gets on. */
export interface LoadProgress {
  begin(before: number, total: number): void;
  advance(step: number, done: number): void;
  end(loaded: Loaded): void;
  fail(done: number): void;
}

/** A bar on a terminal; anywhere else, in a log or a pipe, one line at the end. */
export async function progressOn(output: NodeJS.WriteStream): Promise<LoadProgress> {
  return output.isTTY ? bar(output) : line(output);
}

async function bar(output: NodeJS.WriteStream): Promise<LoadProgress> {
  // An ES module, loaded only where there is somebody to look at it.
  const { progress } = await import('@clack/prompts');
  let shown: ReturnType<typeof progress> | undefined;
  let all = 0;
  return {
    begin: (before, total) => {
      all = total;
      shown = progress({ max: total, size: 30, output });
      shown.start(before > 0 ? `${count(before)} are there already` : 'Restaurants');
      shown.advance(before);
    },
    advance: (step, done) => shown?.advance(step, `${count(done)} of ${count(all)} restaurants`),
    end: (loaded) => shown?.stop(summary(loaded)),
    fail: (done) => shown?.error(stopped(done)),
  };
}

function line(output: NodeJS.WriteStream): LoadProgress {
  return {
    begin: () => undefined,
    advance: () => undefined,
    end: (loaded) => {
      output.write(`${summary(loaded)}\n`);
    },
    fail: (done) => {
      output.write(`${stopped(done)}\n`);
    },
  };
}

function summary({ before, total, retried }: Loaded): string {
  if (before === total) return `${count(total)} restaurants are in the table already.`;
  const parts = [
    `${count(total)} restaurants are in the table`,
    ...(before > 0 ? [`${count(before)} of them from an earlier load`] : []),
    ...(retried > 0 ? [`${count(retried)} items were sent again`] : []),
  ];
  return `${parts.join(', ')}.`;
}

function stopped(done: number): string {
  return `Stopped after ${count(done)} restaurants. The next load goes on there.`;
}

function count(figure: number): string {
  return figure.toLocaleString('en');
}
