/**
 * What the log says of a failure of the store: one line, and none of what was read. What JSON.parse says quotes the text
 * it could not read, which may be a value.
 */
export function causeOf(error: unknown): { readonly name: string; readonly text: string } {
  if (!(error instanceof Error)) return { name: '', text: 'unknown failure' };
  const { name, message } = error;
  const [line = ''] = message.split('\n', 1);
  return { name, text: `${name}: ${name === 'SyntaxError' ? 'the answer cannot be read' : line}` };
}
