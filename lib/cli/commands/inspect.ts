import { FIXED } from '../../dynamodb/layout';
import { NEVER_EVICTED } from '../../engine/stamps';
import { Targets } from '../../engine/targets';
import { type Item, unpackItem } from '../../dynamodb/item';
import { AbsentError } from '../cli-error';
import type { Context } from '../context';
import { type EntryReport, nameOfStamp, reportOn } from '../entry-report';
import { EXIT, type ExitCode } from '../exit-code';
import { bytesText, factsText, momentText } from '../figures';
import { readStored } from '../stored-value';
import { shown } from './get';

const READ_MS = 30_000;

export async function run(context: Context, [key = '']: readonly string[]): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const table = await connection.table();
  const target = new Targets(settings.namespace, settings.version).of(key);
  const item = await table.get(target.address, true, AbortSignal.timeout(READ_MS), undefined);
  if (!item)
    throw new AbsentError(
      `Nothing stands at ${target.address}: a miss.`,
      'dynamo-cache explain-key shows how keys of calls are made.',
    );
  const names = [...target.stamps.map(({ name }) => name), ...Object.keys(item[FIXED.stamps]?.M ?? {})];
  const addresses = new Map([...new Set(names)].map((name) => [target.stampAddress(name), name]));
  const generations = new Map([...addresses.values()].map((name) => [name, NEVER_EVICTED]));
  const take = (address: string, stamp: Item | undefined) => {
    const name = addresses.get(address);
    const { version } = unpackItem(stamp, settings.layout);
    if (name !== undefined && version !== undefined) generations.set(name, version);
  };
  const signal = AbortSignal.timeout(READ_MS);
  await table.getMany([...addresses.keys()], true, signal, take, undefined);
  const stored = await readStored(target.address, item, table, AbortSignal.timeout(READ_MS));
  const report = reportOn(item, stored, target, generations, settings, Date.now());
  output.result({ key, ...report }, () => render(context, report));
  return EXIT.ok;
}

function render({ output }: Context, report: EntryReport): string {
  const nowMs = Date.now();
  const moment = (atMs: number | undefined) => (atMs === undefined ? undefined : momentText(atMs, nowMs));
  const { readUnits, value } = report;
  const units = `read ${readUnits.eventual} (consistently ${readUnits.consistent}), write ${report.writeUnits}`;
  const stamps = report.stamps.map(
    ({ name, isValid, present }) =>
      `${nameOfStamp(name)}: ${isValid ? (present === '' ? 'never evicted' : 'not evicted since') : 'EVICTED since'}`,
  );
  const done = [...(report.isCompressed ? ['compressed'] : []), ...(report.isSealed ? ['sealed'] : [])];
  const packing = done.length > 0 ? ` (${done.join(', ')})` : '';
  const facts = factsText([
    ['in the table', report.partitionKey],
    ['state', output.paint(report.state === 'fresh' ? 'green' : 'yellow', report.state)],
    ['to a reader', report.verdict],
    ['version', report.version],
    ['loaded', moment(report.loadedAtMs)],
    ['fresh until', moment(report.freshUntilMs)],
    ['ends', moment(report.endsAtMs)],
    ['deleted by TTL', moment(report.deletedFromMs)],
    ['stamps', stamps.length > 0 ? stamps.join('; ') : undefined],
    ['size', `${bytesText(report.itemBytes)}, of which the value ${bytesText(report.valueBytes)}${packing}`],
    ['chunks', String(report.chunks)],
    ['units', units],
  ]);
  if (!value) return facts;
  if ('why' in value) return `${facts}\n\n${output.paint('yellow', value.why)}`;
  const title = value.kind === 'error' ? 'A kept error:\n' : '';
  return `${facts}\n\n${title}${shown(value.value, output.isColourful)}`;
}
