/** The cases as Markdown. Prettier lays the tables out afterwards. */
import type { BehaviourCase } from './behaviour-case';
import { GROUPS, NOT_APPLICABLE } from './cases';

export function drawTables(): string {
  const all = GROUPS.flatMap(({ cases }) => cases);
  const different = all.filter(({ differs }) => differs !== undefined);
  const sum =
    `${all.length} cases, played on Express and on Fastify: ${all.length - different.length} passed, ` +
    `${different.length} deliberately different.`;
  const groups = GROUPS.map(({ title, cases }) => `### ${title}\n\n${table(cases.map(rowOf))}`);
  const others = NOT_APPLICABLE.map(({ ids, why }) => `| ${ids} | ${why} |`);
  return [
    sum,
    ...groups,
    '### Not applicable',
    ['| cases | why |', '| --- | --- |', ...others].join('\n'),
  ].join('\n\n');
}

function rowOf({ id, does, differs }: BehaviourCase): string {
  const result = differs === undefined ? 'passed' : `different: ${differs}`;
  return `| \`${id}\` | ${does.replaceAll('|', '\\|')} | ${result} |`;
}

function table(rows: readonly string[]): string {
  return ['| case | the cache | |', '| --- | --- | --- |', ...rows].join('\n');
}
