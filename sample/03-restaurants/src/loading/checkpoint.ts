/**
 * How far a load has come. It is an item of the table that is loaded: it goes when the table goes, and whoever can load the
 * table can go on, on whatever machine.
 */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

const KEY = { PK: 'LOAD', SK: 'CHECKPOINT' };

export class Checkpoint {
  constructor(
    private readonly database: DynamoDBDocumentClient,
    private readonly table: string,
    /** Of the file: another file begins at its beginning. */
    private readonly digest: string,
  ) {}

  /** How many restaurants of this file are in the table, counted from its first. */
  async read(): Promise<number> {
    const { Item } = await this.database.send(
      new GetCommand({ TableName: this.table, Key: KEY, ConsistentRead: true }),
    );
    return Item?.digest === this.digest ? Number(Item.done) : 0;
  }

  async write(done: number): Promise<void> {
    const Item = { ...KEY, digest: this.digest, done };
    await this.database.send(new PutCommand({ TableName: this.table, Item }));
  }
}
