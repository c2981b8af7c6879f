/** The file of a flush's state. It is written before anything is deleted; later a disk that is full ends no flush. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../cli-error';
import { type FlushState, isFlushState } from './flush-state';

const SAVE_MS = 2_000;

export class StateFile {
  private savedMs = performance.now();
  private saving: Promise<string | undefined> | undefined;

  constructor(readonly path: string) {}

  /**
   * @param option the one that names the file
   * @throws UsageError when it cannot be written, or is a file of something else
   */
  async begin(option: 'state-file' | 'resume', state: FlushState): Promise<void> {
    const there = await readFile(this.path, 'utf8').catch(() => undefined);
    if (there !== undefined && !isFlushState(parsed(there)))
      throw new UsageError(
        `--${option}: ${this.path} is a file of something else. Nothing was done.`,
        'Name another one.',
      );
    const problem = await this.save(state);
    if (problem !== undefined)
      throw new UsageError(
        `--${option}: ${this.path} cannot be written: ${problem}. Nothing was done.`,
        'Name a file that can be, by --state-file: from it a flush that is ended goes on.',
      );
  }

  /** Writes it now and then. @returns why it could not be written */
  async keep(state: FlushState): Promise<string | undefined> {
    if (this.saving || performance.now() - this.savedMs < SAVE_MS) return undefined;
    return this.save(state);
  }

  /** Writes it. @returns why it could not be written; it is then as it was */
  async save(state: FlushState): Promise<string | undefined> {
    if (this.saving) await this.saving;
    this.saving = this.write(state);
    const problem = await this.saving;
    this.saving = undefined;
    this.savedMs = performance.now();
    return problem;
  }

  /** @returns why it could not be removed */
  async remove(): Promise<string | undefined> {
    await this.saving;
    return problemOf(rm(this.path, { force: true }));
  }

  // Never half a file: whoever is ended while writing leaves the one before.
  private async write(state: FlushState): Promise<string | undefined> {
    const draft = `${this.path}.${process.pid}.new`;
    const problem = await problemOf(
      writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 }).then(() =>
        rename(draft, this.path),
      ),
    );
    if (problem !== undefined) await problemOf(rm(draft, { force: true }));
    return problem;
  }
}

function problemOf(work: Promise<void>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
