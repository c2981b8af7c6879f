/** Where the cache says what it could not do. Nest's `Logger` and `console` both fit. */
export interface CacheLogger {
  warn(message: string): void;
  error(message: string): void;
}

/** Says each thing once, so that a cache in trouble does not fill the log. */
export class OnceLog {
  private readonly said = new Set<string>();

  /** @param limit how many different things are remembered; beyond it nothing new is said */
  constructor(
    private readonly logger: CacheLogger,
    private readonly limit = 1_000,
  ) {}

  warn(subject: string, message: string): void {
    if (this.isNew(subject)) this.say('warn', message);
  }

  error(subject: string, message: string): void {
    if (this.isNew(subject)) this.say('error', message);
  }

  /** Lets a subject be said again, once what it told of is over. */
  forget(isOver: (subject: string) => boolean): void {
    for (const subject of this.said) if (isOver(subject)) this.said.delete(subject);
  }

  // The logger is the user's. The call that it is told of does not fail with it.
  private say(level: keyof CacheLogger, message: string): void {
    try {
      this.logger[level](message);
    } catch {
      // There is nobody else to tell.
    }
  }

  private isNew(subject: string): boolean {
    if (this.said.has(subject) || this.said.size >= this.limit) return false;
    this.said.add(subject);
    return true;
  }
}

export const consoleLogger: CacheLogger = {
  warn: (message) => {
    console.warn(`[nestjs-dynamo-cache] ${message}`);
  },
  error: (message) => {
    console.error(`[nestjs-dynamo-cache] ${message}`);
  },
};
