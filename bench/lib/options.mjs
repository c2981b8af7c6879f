/** What every bench understands on its command line: `--quick` for a run of seconds, `--out <folder>` for its results. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// The SDK's notice on Node 20 would stand between the figures.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});

export { positionals };
export const { quick, check: isCheck, out } = values;
export const areResultsCommitted = out === undefined;
export const resultsFolder = areResultsCommitted
  ? fileURLToPath(new URL('../results/', import.meta.url))
  : resolve(out);
