import { createInterface } from 'node:readline/promises';
import { CliError, InterruptedError, UsageError } from './cli-error';
import type { Context } from './context';
import { EXIT } from './exit-code';

/**
 * Asks before something that cannot be undone. Without a terminal there is nobody to ask.
 *
 * @throws UsageError without a terminal and without --yes; CliError when the answer is not yes
 */
export async function confirm(
  { io, signal }: Pick<Context, 'io' | 'signal'>,
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes) return;
  if (!io.stdin.isTTY)
    throw new UsageError(
      'Nobody can be asked here: stdin is no terminal.',
      'Add --yes to do it without a question.',
    );
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  try {
    // The prompt takes Ctrl-C for itself.
    const interrupted = new Promise<never>((_resolve, reject) => {
      prompt.once('SIGINT', () => reject(new InterruptedError('Interrupted: nothing was done.')));
      prompt.once('close', () =>
        reject(new CliError('No answer: nothing was done.', undefined, EXIT.failure, 'DECLINED')),
      );
    });
    const answer = await Promise.race([prompt.question(`${question} [y/N] `, { signal }), interrupted]);
    if (/^y(es)?$/i.test(answer.trim())) return;
    throw new CliError('Nothing was done.', undefined, EXIT.failure, 'DECLINED');
  } finally {
    prompt.removeAllListeners('close');
    prompt.close();
  }
}
