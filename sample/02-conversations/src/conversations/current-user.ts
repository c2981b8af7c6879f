import { type ExecutionContext, UnauthorizedException, createParamDecorator } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { PERSON } from './written-message';

/**
 * Who asks: here whoever the header `x-user` names, so that one page can show two people. Put in its place what your
 * application knows about the session or the token.
 */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
  const user = headers['x-user'];
  if (typeof user !== 'string' || !PERSON.test(user)) throw new UnauthorizedException('Who are you?');
  return user;
});
