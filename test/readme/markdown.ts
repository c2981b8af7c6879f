/** What the project's Markdown files hold besides prose. */
import { readFileSync, readdirSync } from 'node:fs';

export interface CodeBlock {
  /** `README.md:17`, the line of its first line. */
  readonly place: string;
  readonly code: string;
}

export const README = readFileSync('README.md', 'utf8');

/** README.md and docs/: their snippets are run by the tests of this folder. */
export const DOCUMENTS = ['README.md', ...filesIn('docs', '.md')];

/** The folders of samples, whose README quotes their own source. */
export const SAMPLES = readdirSync('sample', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `sample/${name}`);

/** The paths of a folder's files with an ending, folders below included. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith(ending));
}

/** The fenced blocks in a language. */
export function codeBlocksOf(file: string, language: string, text = readFileSync(file, 'utf8')): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; start: number; lines: string[] } | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (!line.startsWith('```')) open?.lines.push(line);
    else if (!open) open = { language: line.slice(3).trim(), start: i + 2, lines: [] };
    else {
      if (open.language === language)
        blocks.push({ place: `${file}:${open.start}`, code: open.lines.join('\n') });
      open = undefined;
    }
  }
  if (open) throw new Error(`${file}:${open.start}: the block has no end`);
  return blocks;
}

/** The cells of the table under a heading of the README, without its head. */
export function tableUnder(heading: string): string[][] {
  const [, section = ''] = README.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const [, , ...rows] = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** A paragraph of prose, or several, on one line. */
export function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}
