/** Runs one program to its end and answers with what it printed; what it printed is in the error, too. */
import { spawn } from 'node:child_process';

const LIMIT_MS = 120_000;
const running = new Set();

/** What `npm run` tells its scripts would mislead the npm of another folder. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
);
env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that ending it ends what it has started.
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    running.add(child);
    const timer = setTimeout(() => {
      output += `\nended after ${LIMIT_MS / 1_000} s`;
      end(child);
    }, LIMIT_MS);
    child.once('error', reject).once('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args.join(' ')} (exit code ${code})\n${output.trim()}`));
    });
  });
}

export function endAll() {
  for (const child of running) end(child);
}

function end(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
