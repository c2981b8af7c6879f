/** A function as its visitors see it: a question by HTTP in, an answer out, on an instance that may have to start first. */
export interface ServerlessFunction {
  /** @param query such as `depot=Berlin&stops=Paris,Rome` */
  ask(query: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** What the cache did for it: `miss, load 412 ms, fill`. */
  readonly cache: string;
  /** From the question to the answer, the start of an instance included. */
  readonly ms: number;
  /** Of that: how long a new instance took to start; nothing on one that was there. */
  readonly initMs?: number;
}

/** Which code an instance runs, and with which environment besides that of this process. */
export interface FunctionCode {
  /** The path of its file below `dist`, without its ending: `functions/lambda`. */
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether warnings of the function are left out. @default false */
  readonly isQuiet?: boolean;
}
