/**
 * Results go to stdout, everything else to stderr, so that a pipe gets results only. With `--json` a result is one JSON
 * document. Colours are for terminals.
 */
import { styleText } from 'node:util';
import type { Io, TextStream } from './io';
import { jsonOf } from './json';

type Style = Parameters<typeof styleText>[0];

export interface OutputOptions {
  readonly json: boolean;
  readonly color: boolean;
}

export class Output {
  readonly isJson: boolean;

  constructor(
    private readonly io: Pick<Io, 'stdout' | 'stderr' | 'env'>,
    private readonly options: OutputOptions,
  ) {
    this.isJson = options.json;
  }

  get isTerminal(): boolean {
    return this.io.stdout.isTTY === true;
  }

  /** The result: as JSON, or as the text that `render` makes of it for people. */
  result(value: unknown, render: () => string): void {
    const text = this.isJson ? jsonOf(value, 2) : render();
    if (text !== '') this.line(text);
  }

  /** One line of a result that has many; with `--json` each is a document of its own. */
  row(value: unknown, render: () => string): void {
    this.line(this.isJson ? jsonOf(value) : render());
  }

  /** What a person wants to know besides. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  /** Resolves once the pipe takes more; what a slow reader has not taken is not piled up. */
  async drained(): Promise<void> {
    const { stdout } = this.io;
    if (!stdout.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        stdout.off('drain', done).off('close', done);
        resolve();
      };
      stdout.once('drain', done).once('close', done);
    });
  }

  paint(style: Style, text: string): string {
    return paint(this.isColoured(this.io.stdout), style, text);
  }

  paintNote(style: Style, text: string): string {
    return paint(this.isColoured(this.io.stderr), style, text);
  }

  get isColourful(): boolean {
    return this.isColoured(this.io.stdout);
  }

  private isColoured(stream: TextStream): boolean {
    return (
      stream.isTTY === true && this.options.color && !this.io.env.NO_COLOR && this.io.env.TERM !== 'dumb'
    );
  }

  private line(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }
}

// The stream was looked at already; newer versions of Node would look at the process's own.
function paint(isColoured: boolean, style: Style, text: string): string {
  return isColoured ? (styleText as Painter)(style, text, { validateStream: false }) : text;
}

type Painter = (style: Style, text: string, options: { validateStream: boolean }) => string;
