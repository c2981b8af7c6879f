import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterFile } from './after-file';

let folder: string | undefined;

/** Where apps of the CDK write: one folder for all of a test file, removed when that is over. */
export function cdkFolder(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(tmpdir(), 'cdk-test-'));
  afterFile(async () => {
    folder = undefined;
    await rm(made, { recursive: true });
  });
  return (folder = made);
}

/** An app that leaves nothing behind. One that is not told where to write makes a folder in the system's, for good. */
export function cdkApp(): App {
  return new App({ outdir: cdkFolder() });
}
