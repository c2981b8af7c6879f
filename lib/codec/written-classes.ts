import type { ByteWriter } from './byte-writer';

/** The names of the classes in one value while it is encoded: each is written once, and referred to by its index then. */
export class WrittenClasses {
  private readonly names: string[] = [];

  /** 0 announces a name that is new in this value, else its index plus one. */
  write(out: ByteWriter, name: string): void {
    const index = this.names.indexOf(name);
    out.varint(index + 1);
    if (index >= 0) return;
    this.names.push(name);
    out.string(name);
  }
}
