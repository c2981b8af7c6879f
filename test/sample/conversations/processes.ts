/** The conversations sample as its users run it: compiled, in processes of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type {
  BatchResponse,
  StreamRecord,
} from '../../../sample/02-conversations/src/last-message/stream-event';
import type { Tables } from './backend';

export const SAMPLE = 'sample/02-conversations';

const LAMBDA = `
  const { handler } = require('./dist/lambda.js');
  handler(JSON.parse(process.env.EVENT)).then(
    (response) => console.log('RESPONSE ' + JSON.stringify(response)),
    (error) => console.error(error),
  ).finally(() => process.exit());
`;

export class Application {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<Application> {
    const { CACHE_TABLE: _table, DYNAMODB_ENDPOINT: _endpoint, ...env } = process.env;
    const child = spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env: { ...env, PORT: '0' } });
    const said = await saysUntil(child, /Ctrl\+C/);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    if (!url) throw new Error(said);
    return new Application(child, url);
  }

  async stop(): Promise<void> {
    const end = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await end;
  }
}

/** One environment of the Lambda function, which is given one event. */
export class LambdaEnvironment {
  private readonly process: ChildProcess;
  private readonly said: Promise<string>;

  constructor(
    endpoint: string,
    tables: Tables,
    records: readonly StreamRecord[],
    variables: Readonly<Record<string, string>> = {},
  ) {
    this.process = spawn(process.execPath, ['-e', LAMBDA], {
      cwd: SAMPLE,
      env: {
        ...process.env,
        ...tables,
        DYNAMODB_ENDPOINT: endpoint,
        AWS_LAMBDA_FUNCTION_NAME: 'last-message',
        ...variables,
        EVENT: JSON.stringify({ Records: records }),
      },
    });
    this.said = saysUntil(this.process);
  }

  async response(): Promise<BatchResponse> {
    const said = await this.said;
    const [, json] = /^RESPONSE (.*)$/m.exec(said) ?? [];
    if (json === undefined) throw new Error(said);
    return JSON.parse(json) as BatchResponse;
  }

  /** null while it runs. */
  get exitCode(): number | null {
    return this.process.exitCode;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.said;
  }
}

/** What a process says until a pattern turns up, or until its end. */
function saysUntil(child: ChildProcess, pattern?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      if (pattern?.test(said)) resolve(said);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('close', () => {
      resolve(said);
    });
  });
}
