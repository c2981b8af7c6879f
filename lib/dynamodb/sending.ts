/**
 * How the store's commands are sent. The SDK puts its middleware together anew for each command, a tenth of what a lone
 * GetItem takes, and copies every input and output deeply for its logger, also where that one does nothing. It can do
 * the first once for all commands of a kind (`cacheMiddleware`), but not for those that come with an `abortSignal`, and a
 * client that is set so is refused by DynamoDBDocumentClient. So a client of ours has a twin, which the store alone
 * knows; its signals travel beside the inputs. Somebody else's client is used as it is.
 */
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type Stack = DynamoDBClient['middlewareStack'];

interface Command {
  readonly input: object;
  readonly middlewareStack: object;
}

type OutputOf<C> = C extends { resolveMiddleware: (...args: never) => (...args: never) => infer Sent }
  ? Awaited<Sent> extends { output: infer O }
    ? O
    : never
  : never;

/** Sends a command; the signal closes its connection. */
export type Send = <C extends Command>(command: C, signal: AbortSignal) => Promise<OutputOf<C>>;

/** By a client that is not ours: nothing is done to it, only to the command. */
export function sendBy(client: DynamoDBClient): Send {
  return (command, abortSignal) => {
    // Each command has its own inputs and outputs in the type of its stack, and this looks at neither.
    (command.middlewareStack as Stack).add(showAsIs, SHOW_AS_IS);
    return client.send(command as never, { abortSignal });
  };
}

/**
 * By the twin of a client of ours, with the middleware that was added to it until now.
 *
 * @param make makes a client
 * @param config what ours was made of
 */
export function sendByTwin(
  client: DynamoDBClient,
  make: new (config: DynamoDBClientConfig) => DynamoDBClient,
  config: DynamoDBClientConfig,
): Send {
  const { requestHandler } = client.config;
  const twin = new make({ ...config, requestHandler, cacheMiddleware: true });
  twin.middlewareStack = client.middlewareStack.clone();
  const signals = new WeakMap<object, AbortSignal>();
  twin.middlewareStack.add(showAsIs, SHOW_AS_IS);
  twin.middlewareStack.add(
    (next) => (args) => {
      const abortSignal = signals.get(args.input);
      // What the SDK does last, with the options of a command.
      return abortSignal ? requestHandler.handle(args.request as never, { abortSignal }) : next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'heedSignal' },
  );
  const plain = sendBy(client);
  return (command, signal) => {
    // A test has put something else in its place.
    if (Object.hasOwn(client, 'send')) return plain(command, signal);
    signals.set(command.input, signal);
    return twin.send(command as never);
  };
}

/** What the SDK puts in the place of a logger that nobody asked for. */
const NO_LOGGER = 'NoOpLogger';

// The names that a command has them under: what the logger makes of an input and an output before it is shown them.
const AS_IS = { inputFilterSensitiveLog: asIs, outputFilterSensitiveLog: asIs };
const SHOW_AS_IS = { step: 'deserialize', name: 'showAsIs' } as const;

const showAsIs: Parameters<Stack['add']>[0] = (next, context) => {
  // A logger of the user's need not have a prototype.
  const { constructor: made } = (context.logger ?? {}) as {
    readonly constructor?: { readonly name?: string };
  };
  if (made?.name === NO_LOGGER) Object.assign(context, AS_IS);
  return next;
};

function asIs<T>(data: T): T {
  return data;
}
