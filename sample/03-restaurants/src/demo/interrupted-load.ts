import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checkpoint } from '../loading/checkpoint';

/** Loads the table in a process of its own, which is killed in the middle, and in another one, which goes on. */
export async function loadInterrupted(checkpoint: Checkpoint): Promise<{ killedAt: number; said: string }> {
  const first = startLoading();
  const gone = once(first, 'exit');
  while (first.exitCode === null && (await doneBy(checkpoint)) < 1_000) await sleep(5);
  first.kill('SIGKILL');
  await gone;
  const killedAt = await doneBy(checkpoint);

  const second = startLoading();
  const [said, [code]] = await Promise.all([text(second.stdout), once(second, 'exit')]);
  if (code !== 0) throw new Error(`The load ended with ${String(code)}.`);
  return { killedAt, said: said.trim() };
}

function startLoading() {
  const main = join(__dirname, '..', 'loading', 'main.js');
  const loading = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => loading.kill('SIGKILL');
  process.once('exit', end);
  loading.once('exit', () => process.off('exit', end));
  return loading;
}

// There is no table before the process has made it.
async function doneBy(checkpoint: Checkpoint): Promise<number> {
  return checkpoint.read().catch(() => 0);
}
