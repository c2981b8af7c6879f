import { type Headers, type HeaderValue } from '../http/header-values';
import { type RawResponse, type RouteResponse, endOf, textOf, textsOf } from './route-response';

/** As much of Node's response as Express gives to handlers. */
interface ExpressLike extends RawResponse {
  statusCode: number;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  setHeader(name: string, value: unknown): unknown;
  removeHeader(name: string): void;
  readonly app?: { get(setting: string): unknown };
}

const JSON_SETTINGS = ['json escape', 'json replacer', 'json spaces'];

export class ExpressResponse implements RouteResponse {
  constructor(private readonly response: ExpressLike) {}

  get status(): number {
    return this.response.statusCode;
  }

  set status(status: number) {
    this.response.statusCode = status;
  }

  get isSent(): boolean {
    return this.response.headersSent || this.response.writableEnded;
  }

  headers(): Headers {
    return textsOf(this.response.getHeaders());
  }

  header(name: string): string | undefined {
    return textOf(this.response.getHeader(name));
  }

  setHeader(name: string, value: HeaderValue): void {
    this.response.setHeader(name, value);
  }

  removeHeader(name: string): void {
    this.response.removeHeader(name);
  }

  get makesPlainJson(): boolean {
    const { app } = this.response;
    if (!app || Object.hasOwn(this.response, 'json')) return false;
    return !JSON_SETTINGS.some((setting) => app.get(setting));
  }

  isOver(): Promise<void> {
    return endOf(this.response);
  }

  /** Node refuses headers once they are out, and a handler that runs behind its answer sets some. */
  detach(): void {
    const headers = new Map(Object.entries(this.headers()));
    const own: Record<string, unknown> = {
      setHeader: (name: string, value: unknown) => {
        headers.set(name.toLowerCase(), value as HeaderValue);
        return this.response;
      },
      appendHeader: (name: string, value: string | string[]) => {
        const before = headers.get(name.toLowerCase()) ?? [];
        headers.set(name.toLowerCase(), [before, value].flat());
        return this.response;
      },
      getHeader: (name: string) => headers.get(name.toLowerCase()),
      hasHeader: (name: string) => headers.has(name.toLowerCase()),
      getHeaders: () => Object.fromEntries(headers),
      getHeaderNames: () => [...headers.keys()],
      removeHeader: (name: string) => {
        headers.delete(name.toLowerCase());
      },
    };
    for (const [name, value] of Object.entries(own)) {
      Object.defineProperty(this.response, name, { value, configurable: true, writable: true });
    }
    // By what was sent, a handler would be seen to have sent it.
    for (const name of ['headersSent', 'writableEnded']) {
      Object.defineProperty(this.response, name, { value: false, configurable: true, writable: true });
    }
  }
}
