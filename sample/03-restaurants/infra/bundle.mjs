/**
 * The function as one file, made of what the compiler wrote, so that decorators have their metadata. It is all that Lambda
 * is given: no Docker, and no node_modules.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const sample = fileURLToPath(new URL('..', import.meta.url));

// Lambda's Node brings the AWS SDK; of the others Nest would like to know whether they are there, and they are not.
const ELSEWHERE = [
  /^@aws-sdk\//,
  /^@nestjs\/(microservices|websockets|platform-socket\.io)/,
  /^class-(transformer|validator)/,
];

rmSync(`${sample}dist/function`, { recursive: true, force: true });
await build({
  cwd: sample,
  input: { index: 'dist/lambda.js' },
  platform: 'node',
  external: (id) => ELSEWHERE.some((pattern) => pattern.test(id)),
  output: { dir: 'dist/function', format: 'cjs', codeSplitting: false },
  logLevel: 'warn',
});
