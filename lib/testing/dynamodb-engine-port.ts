import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a port may take to become free after its owner has ended. */
const RELEASE_MS = 1_000;
const POLL_MS = 20;

/** Asks the operating system for a free port of the loopback address; somebody else may take it before it is used. */
export function freePort(): Promise<number> {
  return listenBriefly(0);
}

export async function isFree(port: number): Promise<boolean> {
  return listenBriefly(port).then(
    () => true,
    () => false,
  );
}

/** Resolves to false when the port is still taken after one second. */
export async function waitUntilFree(port: number): Promise<boolean> {
  const giveUpAt = Date.now() + RELEASE_MS;
  while (!(await isFree(port))) {
    if (Date.now() > giveUpAt) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  });
}
