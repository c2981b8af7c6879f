/** What DynamoDB says when it refuses: "User: … is not authorized to perform: <action> on resource: <arn> because …" */
export interface Denial {
  readonly principal: string | undefined;
  readonly action: string | undefined;
  readonly resource: string | undefined;
}

/** Each part is undefined where it is not said. */
export function readDenial(message: string): Denial {
  const [, principal] = /User: (\S+) is not/.exec(message) ?? [];
  const [, action] = /perform: (\S+)/.exec(message) ?? [];
  const [, resource] = /resource: (\S+)/.exec(message) ?? [];
  return { principal, action, resource };
}
