#!/usr/bin/env node
/** The program `dynamo-cache`: `run` in the world of this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run';
import { EXIT } from './exit-code';

// What the SDK has to say of Node versions, it would say at every command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const interrupt = new AbortController();
// The first Ctrl-C asks, the second one does not. So do a terminal that is closed and whoever ends the process: a command
// that is halfway through says where, and how to go on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupt.abort(new Error('interrupted'));
    process.once(signal, () => process.exit(EXIT.interrupted));
  });
}

// `dynamo-cache keys | head` closes the pipe when it has seen enough. Nobody has to listen to what is said besides.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
  version: string;
};
const { stdin, stdout, stderr, env } = process;

void run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: interrupt.signal }, version).then(
  (code) => {
    process.exitCode = code;
  },
);
