import { Injectable } from '@nestjs/common';
import { BackOff } from './back-off';
import { RefusedError } from './refused-error';
import { retryAfterMs } from './retry-after';
import { ThrottledError } from './throttled-error';
import { UnavailableError } from './unavailable-error';

/** The servers this application depends on, all at PLATFORM_URL. */
@Injectable()
export class Upstream {
  private readonly url = process.env.PLATFORM_URL ?? '';

  constructor(private readonly backOff: BackOff) {}

  /** @throws ThrottledError, UnavailableError or RefusedError, or what `fetch` throws */
  async ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    return this.backOff.run(async (signal) => {
      const response = await fetch(this.url + path, { ...init, signal });
      if (response.status === 429)
        throw new ThrottledError(path, retryAfterMs(response.headers.get('retry-after')));
      if (response.status >= 500) throw new UnavailableError(path, response.status);
      const body = parsed(await response.text()) as { error?: unknown } | null | undefined;
      if (!response.ok) throw new RefusedError(path, response.status, body?.error);
      if (body === undefined) throw new Error(`${path} answers with what is no JSON.`);
      return body as T;
    });
  }
}

/** The parser's own error would show a part of the text, which may be one of a secret. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
