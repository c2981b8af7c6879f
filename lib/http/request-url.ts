/**
 * The part of a URL that names a resource: its path as it was sent, and its query with the parameters sorted. Only what
 * no parser tells apart may become one: spellings are left as they are, and parameters that a parser would put into one
 * list or object (`a=1&a=2`, `a[]=1&a=2`, `a[b]=1`) keep their order.
 */
export interface RequestUrl {
  readonly path: string;
  readonly query: Query;
}

export interface Query {
  /** The parameters, sorted by name. */
  readonly text: string;
  /** How many names there are. */
  readonly names: number;
}

const NO_QUERY: Query = { text: '', names: 0 };

/** @param url the target of a request, from its path on */
export function readRequestUrl(url: string): RequestUrl {
  const fragment = url.indexOf('#');
  const sent = fragment < 0 ? url : url.slice(0, fragment);
  const mark = sent.indexOf('?');
  if (mark < 0) return { path: sent, query: NO_QUERY };
  return { path: sent.slice(0, mark), query: readQuery(sent.slice(mark + 1)) };
}

function readQuery(text: string): Query {
  if (text === '') return NO_QUERY;
  const parameters = text
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => ({ parameter, name: nameOf(parameter) }));
  const names = new Set(parameters.map(({ name }) => name)).size;
  if (parameters.length > 1) parameters.sort((a, b) => compare(rootOf(a.name), rootOf(b.name)));
  return { text: parameters.map(({ parameter }) => parameter).join('&'), names };
}

function nameOf(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

// What a parser may put into one place: `a`, `a[]`, `a[b][c]`, `a.b`, `[a]`.
function rootOf(name: string): string {
  return /^\[?([^[\].]*)/.exec(name)?.[1] ?? name;
}

// By code unit: the order has to be the same on every machine.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
