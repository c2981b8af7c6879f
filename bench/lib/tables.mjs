/** Results as Markdown. Prettier lays the tables out afterwards. */

export const SECTIONS = {
  calls: drawCalls,
  memory: drawMemory,
  hits: drawHits,
  http: drawHttp,
  imports: drawImports,
  cost: drawCost,
  compress: drawCompress,
};

// On demand in us-east-1, US dollars per million units.
const PRICES = { readUnits: 0.125, writeUnits: 0.625 };

function drawCalls(results) {
  const plain = results.calls['plain async method'].ns.median;
  const rows = Object.entries(results.calls).map(([name, { ns, calls, loads, reads }]) => [
    name,
    spread(ns),
    `${shorten(ns.median / plain)} ×`,
    perThousand(loads, calls),
    perThousand(reads, calls),
  ]);
  return [
    provenance(results),
    table(['', 'CPU, ns per call', 'of a plain call', 'loads per 1000', 'store reads per 1000'], rows),
  ].join('\n\n');
}

function drawMemory(results) {
  const sections = Object.entries(results.values).map(
    ([value, { jsonBytes, hits, fastestIsolatingPeer, ratio }]) => {
      const rows = Object.entries(hits).map(([name, { isIsolated, ns }]) => [
        name,
        isIsolated ? 'a copy' : 'one object for all',
        spread(ns),
      ]);
      const compared =
        ratio &&
        `Ours with copies takes ${shorten(ratio.ofMedians)} × (${shorten(ratio.low)}–${shorten(ratio.high)}) of the time of the ` +
          `fastest peer that gives copies, ${fastestIsolatingPeer}: it is ${shorten(1 / ratio.ofMedians)} times as fast.`;
      const head = ['', 'each caller gets', 'CPU, ns per hit'];
      return [`**Value: ${value}** (${jsonBytes} bytes of JSON)`, table(head, rows), compared]
        .filter(Boolean)
        .join('\n\n');
    },
  );
  return [provenance(results), ...sections].join('\n\n');
}

function drawImports(results) {
  const rows = Object.entries(results.imports).map(([name, { ms, cpuMs, isSdkLoaded }]) => [
    name,
    spread(ms),
    spread(cpuMs),
    isSdkLoaded ? 'loaded' : 'not loaded',
  ]);
  return [provenance(results), table(['', 'ms', 'CPU, ms', 'AWS SDK'], rows)].join('\n\n');
}

function drawHits(results) {
  const sections = Object.entries(results.servers).map(([server, conditions]) => {
    const rows = Object.entries(conditions).map(([condition, { cache, sdk, ratio }]) => [
      condition,
      compared('hitsPerSecond', cache, sdk, ratio),
      compared('cpuMicros', cache, sdk, ratio),
      compared('latencyMs', cache, sdk, ratio),
      `${perThousand(cache.requests, cache.hits)} : ${perThousand(sdk.requests, sdk.hits)}`,
    ]);
    const head = [
      '',
      'hits per second',
      'client CPU, µs per hit',
      'latency p50, ms',
      'requests per 1000 hits',
    ];
    return `**Against: ${server}**\n\n${table(head, rows)}`;
  });
  const legend =
    'Each cell: cache : SDK, then the ratio of the medians with the middle half of the ratios of the rounds.';
  return [provenance(results), legend, ...sections].join('\n\n');
}

function drawHttp(results) {
  const sections = Object.entries(results.platforms).map(([platform, { handlers, cold }]) => {
    const sides = Object.keys(cold);
    const rows = Object.entries(handlers).flatMap(([handler, { sides: taken, ratio }]) => [
      [
        `requests per second, ${handler}`,
        ...sides.map((side) => spread(taken[side].requestsPerSecond)),
        ...ratiosOf(ratio, 'requestsPerSecond'),
      ],
      [
        'CPU of the server, µs per request',
        ...sides.map((side) => spread(taken[side].cpuMicros)),
        ...ratiosOf(ratio, 'cpuMicros'),
      ],
      [
        'calls of the handler per 1000 requests',
        ...sides.map((side) => perThousand(taken[side].handlerCalls, taken[side].requests)),
        ...NO_RATIOS,
      ],
    ]);
    const [{ requests }] = Object.values(cold);
    const coldRow = sides.map((side) => spread(cold[side].handlerCalls));
    rows.push([`calls of the handler for ${requests} cold requests at once`, ...coldRow, ...NO_RATIOS]);
    return `**${platform}**\n\n${table(['', ...sides, ...RATIOS], rows)}`;
  });
  return [provenance(results), ...sections].join('\n\n');
}

const RATIOS = ['values to uncached', 'values to @nestjs/cache-manager', 'JSON to @nestjs/cache-manager'];
const NO_RATIOS = RATIOS.map(() => '');

function ratiosOf({ toUncached, toCacheManager, asJsonToCacheManager }, figure) {
  return [toUncached, toCacheManager, asJsonToCacheManager].map((ratio) => ratioText(ratio[figure]));
}

function ratioText({ ofMedians, low, high }) {
  return `${shorten(ofMedians)} × (${shorten(low)}–${shorten(high)})`;
}

function drawCost(results) {
  const sections = Object.entries(results.values).map(([size, { jsonBytes, operations }]) => {
    const rows = Object.entries(operations).map(([name, { cache, bare }]) => [
      name,
      beside(cache.requests, bare?.requests),
      beside(cache.readUnits, bare?.readUnits),
      beside(cache.writeUnits, bare?.writeUnits),
      beside(cache.bytes, bare?.bytes),
      beside(dollars(cache), bare && dollars(bare)),
      `${cache.estimate.readUnits} and ${cache.estimate.writeUnits}`,
    ]);
    const head = ['', 'requests', 'RCU', 'WCU', 'bytes', '$ per million', '`stats()`: RCU and WCU'];
    return `**Values of ${size}** (${jsonBytes} bytes of JSON)\n\n${table(head, rows)}`;
  });
  const legend = 'Each cell: the cache, then the bare cache where it has such an operation.';
  return [provenance(results), legend, ...sections].join('\n\n');
}

function drawCompress(results) {
  const sections = Object.entries(results.values).map(([size, { jsonBytes, encoded, compressed }]) => {
    const sizes = ({ bytes, writeUnits, readUnits }) => [bytes, writeUnits, readUnits];
    const rows = Object.entries(compressed).map(([name, figures]) => [
      name,
      ...sizes(figures),
      ...['zipMicros', 'zipElsewhereMicros', 'unzipMicros', 'unzipElsewhereMicros'].map((figure) =>
        spread(figures[figure]),
      ),
    ]);
    const head = ['', 'bytes', 'WCU', 'RCU', 'compress', 'on a thread', 'decompress', 'on a thread'];
    const plain = ['not compressed', ...sizes(encoded), '', '', '', ''];
    return `**A list of ${size}** (${jsonBytes} bytes of JSON)\n\n${table(head, [plain, ...rows])}`;
  });
  return [provenance(results), ...sections].join('\n\n');
}

function dollars({ readUnits, writeUnits }) {
  return Number((readUnits * PRICES.readUnits + writeUnits * PRICES.writeUnits).toFixed(2));
}

function beside(figure, bare) {
  return bare === undefined ? String(figure) : `${figure} : ${bare}`;
}

function provenance({ date, machine, method, seed, rounds, quick }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const order = seed === undefined ? '' : ` in a seeded order (${seed})`;
  return (
    `${date}, ${machine.cpu} × ${machine.cores}, load average ${machine.loadAverage} before and ` +
    `${machine.loadAverageAfter} after, Node ${machine.node} (${machine.platform}), ${versions.join(', ')}, commit ` +
    `${machine.commit}. ${rounds} rounds${order}${quick ? ', a quick run' : ''}. ${method}`
  );
}

function compared(figure, cache, sdk, ratio) {
  const medians = `${shorten(cache[figure].median)} : ${shorten(sdk[figure].median)}`;
  return `${medians}, ${ratioText(ratio[figure])}`;
}

function spread({ median, low, high }) {
  return `${shorten(median)} (${shorten(low)}–${shorten(high)})`;
}

function perThousand(count, of) {
  return shorten((count * 1_000) / of);
}

function shorten(figure) {
  return String(Number(figure.toPrecision(figure < 100 ? 2 : 3)));
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
