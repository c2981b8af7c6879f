/**
 * The parts of a source that a document shows: between `// #region <name>` and `// #endregion`. Parts of one name are one
 * region, so that imports can stand at the top of the file and statements inside a test.
 */
const BEGIN = /^\s*\/\/ #region (\S+)$/;
const END = /^\s*\/\/ #endregion$/;

/** The regions of a source, by name. */
export function regionsOf(file: string, source: string): Map<string, string> {
  const regions = new Map<string, string>();
  let open: { name: string; lines: string[] } | undefined;
  for (const [i, line] of source.split(/\r?\n/).entries()) {
    const [, name] = BEGIN.exec(line) ?? [];
    if (name !== undefined) {
      if (open) throw new Error(`${file}:${i + 1}: a region inside the region ${open.name}`);
      open = { name, lines: [] };
    } else if (END.test(line)) {
      if (!open) throw new Error(`${file}:${i + 1}: the end of no region`);
      const earlier = regions.get(open.name);
      const part = dedent(open.lines);
      regions.set(open.name, earlier === undefined ? part : `${earlier}\n${part}`);
      open = undefined;
    } else open?.lines.push(line);
  }
  if (open) throw new Error(`${file}: the region ${open.name} has no end`);
  return regions;
}

/** Whether two pieces of code are the same to the character, indentation as a whole and empty lines aside. */
export function isSameCode(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** Whether a piece of code stands in a source, line by line. */
export function isQuotedFrom(source: string, code: string): boolean {
  const wanted = plain(code);
  const { length } = wanted.split('\n');
  const lines = source.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.some((_, i) => plain(lines.slice(i, i + length).join('\n')) === wanted);
}

function plain(code: string): string {
  return dedent(code.split(/\r?\n/).filter((line) => line.trim() !== ''));
}

function dedent(lines: readonly string[]): string {
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin)).join('\n');
}
