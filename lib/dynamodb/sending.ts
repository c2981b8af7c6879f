/**
 * How the store's commands are sent. The SDK puts its middleware together anew for each command, a tenth of what a lone
 * GetItem takes, and copies every input and output deeply for its logger, also where that one does nothing. It can do
 * the first once for all commands of a kind (`cacheMiddleware`), but not for those that come with an `abortSignal`, and a
 * client that is set so is refused by DynamoDBDocumentClient. So a client of ours has a view that is set so and that the
 * store alone knows; signals travel beside the inputs. All commands of a kind then share one context, which middleware of
 * somebody else's may not bear, nor retries, which look there for a signal: with any of those, and with a client that is
 * not ours, each command is sent as the SDK does it.
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

/** As the SDK does it: nothing is done to the client, only to the command. */
export function sendBy(client: DynamoDBClient): Send {
  return (command, abortSignal) => {
    // Each command has its own inputs and outputs in the type of its stack, and this looks at neither.
    (command.middlewareStack as Stack).add(showAsIs, SHOW_AS_IS);
    return client.send(command as never, { abortSignal });
  };
}

/** @param config what the client was made of, a moment ago */
export function sendByOurs(client: DynamoDBClient, config: DynamoDBClientConfig): Send {
  const plain = sendBy(client);
  if (config.maxAttempts !== 1 || config.retryStrategy || config.extensions) return plain;
  let isChanged = false;
  whenChanged(client.middlewareStack, () => {
    isChanged = true;
  });
  const signals = new WeakMap<object, AbortSignal>();
  let view: DynamoDBClient | undefined;
  return (command, signal) => {
    // A mock, or what watches over the application, stands in the place of the client's own `send`.
    if (isChanged || Object.hasOwn(client, 'send')) return plain(command, signal);
    view ??= viewOf(client, signals);
    signals.set(command.input, signal);
    return view.send(command as never);
  };
}

function viewOf(client: DynamoDBClient, signals: WeakMap<object, AbortSignal>): DynamoDBClient {
  const { config } = client;
  const middlewareStack = client.middlewareStack.clone();
  middlewareStack.add(showAsIs, SHOW_AS_IS);
  // The last one of all: what the SDK does behind it, it does itself, with the signal of the command.
  middlewareStack.add(
    () =>
      ({ input, request }) =>
        config.requestHandler.handle(request as never, { abortSignal: signals.get(input) }),
    { step: 'deserialize', priority: 'low', name: 'sendUnderSignal' },
  );
  const settings = { ...Object.getOwnPropertyDescriptors(config), cacheMiddleware: OWN_TRUE };
  return Object.create(client, {
    // Properties of its own: the SDK does not look for inherited ones.
    config: { value: Object.defineProperties({}, settings) },
    middlewareStack: { value: middlewareStack },
    handlers: { value: undefined, writable: true, configurable: true },
  }) as DynamoDBClient;
}

const OWN_TRUE = { value: true, enumerable: true };

function whenChanged(stack: Stack, changed: () => void): void {
  for (const change of ['add', 'addRelativeTo', 'remove', 'removeByTag'] as const) {
    const own = stack[change].bind(stack) as (...args: unknown[]) => never;
    stack[change] = (...args: unknown[]) => {
      changed();
      return own(...args);
    };
  }
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
