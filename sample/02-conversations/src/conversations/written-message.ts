import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';

/** What names of people look like. */
export const PERSON = /^[a-z][a-z-]{0,30}$/;

/** The body of a request that sends a message. */
export class WrittenMessage {
  @IsString()
  @IsNotEmpty()
  @MaxLength(2_000)
  readonly text!: string;
}

/** The body of a request that begins a conversation. */
export class FirstMessage extends WrittenMessage {
  @Matches(PERSON)
  readonly to!: string;
}
