// The table of docs/http.md lists exactly the cases that behaviour.test.ts plays.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { GROUPS } from './cases';
import { drawTables } from './draw-tables';

const FILE = 'docs/http.md';
const BEGIN =
  '<!-- cases: written by WRITE_DOCS=1 npx vitest run test/http/behaviour/documentation.test.ts -->';
const END = '<!-- end of cases -->';

describe(FILE, () => {
  it('lists the cases that are played', async () => {
    const before = readFileSync(FILE, 'utf8');
    const [head, rest] = before.split(BEGIN);
    const tail = rest?.split(END)[1];
    expect(tail, `the marks around the tables in ${FILE}`).toBeDefined();
    const after = await format(`${head}${BEGIN}\n\n${drawTables()}\n\n${END}${tail}`, {
      ...(await resolveConfig(FILE)),
      parser: 'markdown',
    });
    if (process.env.WRITE_DOCS !== undefined) writeFileSync(FILE, after);
    else expect(before).toBe(after);
  });

  it('names each case once', () => {
    const ids = GROUPS.flatMap(({ cases }) => cases.map(({ id }) => id));
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });
});
