/** Where a file was written that a command can go on from: going on anywhere else would do it to another table. */
import type { TableConnection } from './connection';
import { UsageError } from './cli-error';
import type { Settings } from './settings';

export interface Place {
  /** Null for AWS's own. Credentials in it are left out. */
  readonly endpoint: string | null;
  readonly region: string;
}

/** To be asked after a first request: before that the SDK does not know an endpoint of the environment. */
export function placeOf(connection: TableConnection): Promise<Place> {
  return connection.send(async ({ client }) => {
    const endpoint = await client.config.endpoint?.();
    const { protocol = '', hostname = '', port, path = '' } = endpoint ?? {};
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    return {
      region: await client.config.region(),
      endpoint: endpoint ? `${protocol}//${host}${path.replace(/\/$/, '')}` : null,
    };
  });
}

/**
 * @param option the one that names the file
 * @throws UsageError when the file was written for another endpoint or region
 */
export function assertSamePlace(option: string, file: string, then: Partial<Place>, now: Place): void {
  for (const name of ['endpoint', 'region'] as const) {
    if (then[name] === now[name]) continue;
    throw new UsageError(
      `--${option}: ${file} is of ${told(name, then[name])}, not of ${told(name, now[name])}. Nothing was done.`,
      `Write --${name} as it was when the file was written.`,
    );
  }
}

/** The options by which another run finds the same table: ` --table cache-prod --region eu-central-1`. */
export function sameTable({ table, endpoint, region, profile, layoutOption }: Settings): string {
  const layout = Object.entries(layoutOption).map(([role, name]) => `${role}=${String(name)}`);
  const options = {
    table,
    endpoint: endpoint?.replace(/\/\/[^/@]*@/, '//'),
    region,
    profile,
    layout: layout.length > 0 ? layout.join(',') : undefined,
  };
  return Object.entries(options)
    .flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${shellWord(value)}`]))
    .join('');
}

export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function told(name: keyof Place, value: string | null | undefined): string {
  return `the ${name} ${value ?? (name === 'endpoint' ? "of AWS's own" : '?')}`;
}
