/** Which charts are drawn of which results: file name, title, unit and bars. */
const SIDES = { cache: 'nestjs-dynamo-cache', sdk: 'GetItem of the SDK' };

export const CHARTS = {
  memory: ({ values }) =>
    Object.entries(values).map(([value, { jsonBytes, hits }]) => ({
      file: `memory-${nameOf(value)}`,
      title: `A hit in memory, ${value} (${jsonBytes} bytes of JSON)`,
      unit: 'CPU, ns per hit',
      bars: Object.entries(hits).map(([name, { ns, isIsolated }]) => ({
        ...ns,
        name: isIsolated ? name : `${name} (shared)`.replace('isolate: false (shared)', 'isolate: false'),
        isOurs: name.startsWith('@DynamoCacheable'),
      })),
    })),
  hits: ({ servers }) =>
    Object.entries(servers).flatMap((server) => [
      sidesOf(server, { file: 'hits', figure: 'hitsPerSecond', unit: 'hits per second' }),
      sidesOf(server, { file: 'hits-cpu', figure: 'cpuMicros', unit: 'client CPU, µs per hit' }),
    ]),
};

function sidesOf([server, conditions], { file, figure, unit }) {
  return {
    file: `${file}-${nameOf(server)}`,
    title: `Hits out of DynamoDB: ${server}`,
    unit,
    bars: Object.entries(conditions).flatMap(([condition, sides]) =>
      Object.entries(SIDES).map(([side, name]) => ({
        ...sides[side][figure],
        name: `${condition}: ${name}`,
        isOurs: side === 'cache',
      })),
    ),
  };
}

function nameOf(text) {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
}
