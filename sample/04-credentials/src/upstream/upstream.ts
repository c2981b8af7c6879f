import { Injectable } from '@nestjs/common';
import { BackOff } from './back-off';
import { RefusedError } from './refused-error';
import { retryAfterMs } from './retry-after';
import { ThrottledError } from './throttled-error';

/** The servers this application depends on, all at PLATFORM_URL. */
@Injectable()
export class Upstream {
  private readonly url = process.env.PLATFORM_URL ?? '';

  constructor(private readonly backOff: BackOff) {}

  /** @throws ThrottledError or RefusedError, or what `fetch` throws */
  async ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    return this.backOff.run(async (signal) => {
      const response = await fetch(this.url + path, { ...init, signal });
      if (response.status === 429)
        throw new ThrottledError(path, retryAfterMs(response.headers.get('retry-after')));
      const body: unknown = await response.json();
      if (!response.ok) throw new RefusedError(path, response.status, (body as { error?: unknown }).error);
      return body as T;
    });
  }
}
