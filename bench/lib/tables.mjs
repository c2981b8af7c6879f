/** Results as Markdown. Prettier lays the tables out afterwards. */

export const SECTIONS = { calls: drawCalls, hits: drawHits };

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

function provenance({ date, machine, method, seed, rounds, quick }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return (
    `${date}, ${machine.cpu} × ${machine.cores}, load average ${machine.loadAverage} before and ` +
    `${machine.loadAverageAfter} after, Node ${machine.node} (${machine.platform}), ${versions.join(', ')}, commit ` +
    `${machine.commit}. ${rounds} rounds in a seeded order (${seed})${quick ? ', a quick run' : ''}. ${method}`
  );
}

function compared(figure, cache, sdk, ratio) {
  const { ofMedians, low, high } = ratio[figure];
  const medians = `${shorten(cache[figure].median)} : ${shorten(sdk[figure].median)}`;
  return `${medians}, ${shorten(ofMedians)} × (${shorten(low)}–${shorten(high)})`;
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
