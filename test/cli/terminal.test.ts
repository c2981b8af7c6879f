/** What only somebody in front of a terminal sees. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../lib/cli/progress';
import { bytesText, durationText } from '../../lib/cli/figures';
import { commandLine } from './command-line';

const ESCAPE = '\u001b[';

describe('colours', () => {
  const line = ['explain-key', 'A.b', '"7"'];

  it('are for terminals', async () => {
    expect((await commandLine(line, { terminal: true })).out).toContain(ESCAPE);
    expect((await commandLine(line)).out).not.toContain(ESCAPE);
  });

  it.each<[string, string[], Record<string, string>]>([
    ['--no-color', ['--no-color'], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['a terminal that has none', [], { TERM: 'dumb' }],
    ['--json', ['--json'], {}],
  ])('are left out with %s', async (_what, more, env) => {
    expect((await commandLine([...line, ...more], { terminal: true, env })).out).not.toContain(ESCAPE);
  });

  it('are left out of errors, too', async () => {
    expect((await commandLine(['nonsense'], { terminal: true })).err).toContain(ESCAPE);
    expect((await commandLine(['nonsense', '--no-color'], { terminal: true })).err).not.toContain(ESCAPE);
    expect((await commandLine(['nonsense'])).err).not.toContain(ESCAPE);
  });
});

describe('a progress line', () => {
  function progressOn(isTTY: boolean, total: number, before = 0) {
    let nowMs = 0;
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 });
    const progress = new Progress({ stream, isShown: true, total, before, now: () => nowMs });
    const pass = (ms: number) => (nowMs += ms);
    const drawn = () => (stream.read() as Buffer | null)?.toString() ?? '';
    return { progress, pass, drawn };
  }

  it('says how far, how fast and how long still', () => {
    const { progress, pass, drawn } = progressOn(true, 10_000);
    pass(2_000);
    progress.add(5_000, '4,000 deleted');
    expect(drawn()).toContain(
      `${'█'.repeat(12)}${'░'.repeat(12)} 50%  5,000 of 10,000, 2,500/s, 2s left, 4,000 deleted`,
    );
  });

  it('counts only its own work into the rate when it goes on', () => {
    const { progress, pass, drawn } = progressOn(true, 10_000, 5_000);
    pass(1_000);
    progress.add(1_000, 'x');
    expect(drawn()).toContain('6,000 of 10,000, 1,000/s, 4s left');
  });

  it('does without a share where the total is not known, or too small', () => {
    const { progress, pass, drawn } = progressOn(true, 0);
    pass(1_000);
    progress.add(70, 'x');
    expect(drawn()).toContain('70 read, 70/s, x');
  });

  it('is drawn now and then, taken away at the end, and never on what is no terminal', () => {
    const { progress, pass, drawn } = progressOn(true, 100);
    pass(1_000);
    progress.add(1, 'x');
    drawn();
    progress.add(1, 'x');
    expect(drawn()).toBe('');
    progress.clear();
    expect(drawn()).toBe('\r\u001b[K');
    const piped = progressOn(false, 100);
    piped.progress.add(1, 'x');
    piped.progress.clear();
    expect(piped.drawn()).toBe('');
  });
});

describe('figures', () => {
  it.each([
    [350, '350ms'],
    [90_000, '1m 30s'],
    [600_000, '10m'],
    [90_061_000, '1d 1h'],
  ])('%i ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KB'],
    [500 * 1_024, '500 KB'],
    [3 * 1_024 ** 3, '3.0 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
