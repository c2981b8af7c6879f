import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../lib/cli/catalog';
import { EXIT } from '../../lib/cli/exit-code';
import { commandLine } from './command-line';
import { renderManual } from './manual';

const FILE = 'docs/cli.md';

describe(FILE, () => {
  it('says what the catalogue says', async () => {
    await expect(await renderManual(FILE)).toMatchFileSnapshot(`../../${FILE}`);
  });

  it('lists every exit code that there is', () => {
    const listed = [...readFileSync(FILE, 'utf8').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) =>
      Number(code),
    );
    expect(listed).toEqual(Object.values(EXIT));
  });

  it('has no example with an option that its command does not know', async () => {
    for (const { name, examples } of CATALOG)
      for (const [line] of examples) {
        const words = line.split(/ (?![^'"]*['"](?: |$))/);
        const flags = words.filter((word) => word.startsWith('--'));
        const { out } = await commandLine([...name.split(' '), '--help']);
        for (const flag of flags)
          expect({ line, isKnown: out.includes(flag) }).toEqual({ line, isKnown: true });
      }
  });
});
