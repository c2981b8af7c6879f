import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { ThrottledError } from '../upstream/throttled-error';

/** Who cannot be served because a server throttles us is asked to come back when it will not. */
@Catch(ThrottledError)
export class ThrottledFilter implements ExceptionFilter<ThrottledError> {
  catch({ retryAfterMs = 1_000 }: ThrottledError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    response.statusCode = 503;
    response.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ statusCode: 503, message: 'Come back later.' }));
  }
}
