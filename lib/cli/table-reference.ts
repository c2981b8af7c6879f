/**
 * A table is named by its name or its ARN. Requests take either; PartiQL takes names only, of the caller's own account and
 * region.
 */
export function isArn(table: string): boolean {
  return table.startsWith('arn:');
}

/** The name, whichever was given. */
export function nameOfTable(table: string): string {
  return table.replace(/^arn:.*\//, '');
}

/** The region that an ARN says; undefined of a name. */
export function regionOfTable(table: string): string | undefined {
  return isArn(table) ? table.split(':')[3] : undefined;
}

/** A PartiQL statement that deletes one item, if its attributes are the parameters, in this order. */
export function deleteStatement(table: string, attributes: readonly string[]): string {
  const where = attributes.map((name) => `${quoted(name)} = ?`).join(' AND ');
  return `DELETE FROM ${quoted(nameOfTable(table))} WHERE ${where}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
