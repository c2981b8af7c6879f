import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

const MESSAGE_ID = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z_[\da-f-]{36}$/;

/** Lets through what a page names as its `before`, and nothing that would be read, and cached, by another key each time. */
@Injectable()
export class MessageIdPipe implements PipeTransform<string | undefined, string | undefined> {
  transform(id: string | undefined): string | undefined {
    if (id !== undefined && !MESSAGE_ID.test(id)) throw new BadRequestException(`'before' is no message.`);
    return id;
  }
}
