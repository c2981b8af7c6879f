/** The sample as its users run it: compiled, in processes of its own. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Figures, paragraph } from '../../sample/04-credentials/src/demo/figures';

const SAMPLE = 'sample/04-credentials';
const PATIENCE_MS = 240_000;

// The demo builds the sample, too. A shell, because npm is a script on Windows.
let story: string;
beforeAll(async () => {
  ({ stdout: story } = await promisify(execFile)(`npm run demo --workspace ${SAMPLE}`, { shell: true }));
}, PATIENCE_MS);

describe('the demo of the credentials sample', () => {
  it('tells of throttling without the cache, and of none with it, to the end of a token', () => {
    const steps = ['WITHOUT', 'FLEET', 'WITH', 'AHEAD', 'STALE', 'ENDED', 'KEY', 'TABLE'];
    expect(story.match(/^[A-Z]+\b(?= )/gm)).toEqual(steps);
  });

  it('asks for one token and one password for each client, in a fleet as in one process', () => {
    expect(story).toContain('200 statements at once: all answered.');
    expect(story).toContain('4 requests for tokens, 4 for passwords, none throttled.');
    expect(story).toContain('100 answered, by 4 tokens and');
  });

  it('ends with what the cache saved', () => {
    expect(story).toMatch(
      /with it all 100, by 8 requests, 0 of them throttled\. That is \d{2,} requests saved/,
    );
  });
});

it('the README shows the figures that were kept', () => {
  const figures = JSON.parse(readFileSync(`${SAMPLE}/figures.json`, 'utf8')) as Figures;
  const readme = readFileSync(`${SAMPLE}/README.md`, 'utf8').replace(/\s+/g, ' ');
  expect(readme).toContain(paragraph(figures));
});
