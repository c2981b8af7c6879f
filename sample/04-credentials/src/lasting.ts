/**
 * How what lasts for a while is cached: shorter than it lasts, refreshed before that is over, and while the server
 * throttles a little longer, but never to its end. Of 55 minutes: fresh for 45, refreshed from the 36th, stale until the 54th.
 */
import { NotFoundException } from '@nestjs/common';
import { RefusedError } from './upstream/refused-error';

export interface Lasting {
  /** From when it was issued. */
  readonly expiresInSeconds: number;
}

/** Who throttles, fails or cannot be reached may grant it in a moment. Who refuses has answered: no older grant stands against that. */
function isRefusal(error: unknown): boolean {
  return error instanceof RefusedError || error instanceof NotFoundException;
}

/** The last minutes of a life, in which nothing is taken out of the cache as fresh: ten, or the fifth of a short one. */
function reserveMs({ expiresInSeconds }: Lasting): number {
  return Math.min(10 * 60_000, expiresInSeconds * 200);
}

export const whileItLasts = {
  /** What is over when it comes is not kept: none is no time. */
  ttl: (issued: Lasting) => issued.expiresInSeconds * 1_000 - reserveMs(issued),
  staleIfError: {
    /** Less than the reserve: the request that the credential is for takes its time, too. */
    for: (issued: Lasting) => reserveMs(issued) * 0.9,
    when: (error: unknown) => !isRefusal(error),
  },
  refreshAhead: 0.8,
  /** A back-off is not worth waiting for when there is a stale value. */
  loaderTimeout: { soft: '1s' },
  /** One process of the fleet asks. */
  lease: true,
} as const;
