/** docs/cli.md, as it is written out of the catalogue: `npx vitest run test/cli/manual.test.ts -u` writes it anew. */
import { format, resolveConfig } from 'prettier';
import { CATALOG } from '../../lib/cli/catalog';
import type { CommandDefinition } from '../../lib/cli/command';
import { GLOBAL_OPTIONS } from '../../lib/cli/settings';

const PREFACE = `# The command line

\`dynamo-cache\` comes with the package: \`npx dynamo-cache --help\`. It works on the table as applications do, through the same
engine: what it writes they read, what it evicts they do not write back.

\`\`\`sh
export CACHE_TABLE=cache-prod
dynamo-cache table create --wait
dynamo-cache inspect 'MenuService.menu("7")'   # why did this call miss?
\`\`\`

- Results go to stdout, questions, progress and errors to stderr. With \`--json\` a result is one JSON document, \`keys --all\` and
  \`tail\` print one a line, and an error is \`{ "error": { "code", "message", "hint" } }\`.
- Colours and progress are for terminals. \`NO_COLOR\` and \`--no-color\` are heeded.
- Region, credentials and endpoint come from where the AWS SDK takes them: \`AWS_REGION\`, \`AWS_PROFILE\`,
  \`AWS_ENDPOINT_URL_DYNAMODB\`, the configuration files, a role.
- \`--table\` takes a name or an ARN, which says the region, too. Items of another account's table can be read and written;
  DynamoDB lets nobody flush it or ask for its settings, so \`flush\`, \`table describe\`, \`doctor\` and \`recreate\` refuse it.
- What empties or deletes more than keys asks first; where stdin is no terminal, it does nothing without \`--yes\`.
- \`delete\` is a key's. A named cache is deleted by \`cache delete\`; \`create\` and \`list\` are short for \`cache create\` and \`cache list\`.

| exit code | meaning |
| --- | --- |
| 0 | done; also when the reader of a pipe has closed it |
| 1 | it could not be done; the doctor found something wrong |
| 2 | it was asked for wrongly |
| 3 | what was asked for is not there: a key, a cache, the table |
| 130 | interrupted by Ctrl-C |

## Emptying a cache

| | takes | costs | meanwhile |
| --- | --- | --- | --- |
| \`clear\` | one write | one write | everything counts as gone within a second; TTL deletes the items |
| \`flush\` | minutes | one scan, one write unit for each KB | the same at once, and the items are deleted |
| \`table recreate\` | seconds, up to a minute at AWS | nothing | there is no table: every call goes to its loader |

A flush reads keys, versions and times, no values. It deletes 25 entries a request, each on the condition that it is still the
one that was seen (\`BatchExecuteStatement\`): BatchWriteItem has no conditions, and would delete the mark of an eviction that came
in between, so that a slow load could write back what was evicted. 100,000 entries of 300 bytes were deleted by 4,004
requests after 40 scans. How fast that goes is the table's to say: 32 requests are under way at once, and what is throttled is sent
again; a new on-demand table takes 4,000 write units a second.
`;

export async function renderManual(file: string): Promise<string> {
  const sections = CATALOG.map(section).join('\n');
  const everywhere = `## Options of every command\n\n${options(GLOBAL_OPTIONS)}`;
  const text = `${PREFACE}\n${everywhere}\n## Commands\n\n${sections}`;
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}

function section({
  name,
  summary,
  description,
  args = [],
  options: own = [],
  examples,
}: CommandDefinition): string {
  const usage = ['dynamo-cache', name, ...args.map(([syntax]) => syntax)].join(' ');
  const parts = [
    `### \`${usage}\``,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${description === undefined ? '' : ` ${escaped(description)}`}`,
    args.length > 0 ? args.map(([syntax, meaning]) => `- \`${syntax}\`: ${escaped(meaning)}`).join('\n') : '',
    own.length > 0 ? options(own) : '',
    `\`\`\`sh\n${examples.map(([line, meaning]) => `dynamo-cache ${line}   # ${meaning}`).join('\n')}\n\`\`\``,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function options(list: NonNullable<CommandDefinition['options']>): string {
  const rows = list.map(([flags, meaning, byDefault]) => {
    const otherwise = byDefault === undefined ? '' : ` (default: \`${byDefault}\`)`;
    return `| \`${flags.replaceAll('|', '\\|')}\` | ${escaped(meaning)}${otherwise} |`;
  });
  return ['| option | meaning |', '| --- | --- |', ...rows, ''].join('\n');
}

// Angle brackets would be tags, stars and underscores emphasis.
function escaped(text: string): string {
  return text.replace(/[<>*_|]/g, (sign) => `\\${sign}`);
}
