/** A server in a process of its own: it tells where it listens, and what it has spent so far as often as it is asked. */
import { openSite } from './http-sites.mjs';

const [platform, side] = process.argv.slice(2);
const { url, counts, close } = await openSite(platform, side);

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuMicros: user + system, handlerCalls: counts.handler });
});
process.once('disconnect', () => void close());
process.send({ url });
