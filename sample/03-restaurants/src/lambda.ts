/** The same application behind a function URL: it listens inside the function, and each event is a request to it. */
import 'reflect-metadata';
import { createApp } from './create-app';

/** What of an event of a function URL is looked at: the application has no bodies and no users. */
export interface UrlEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly requestContext: { readonly http: { readonly method: string } };
}

export interface UrlAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

// Once for an instance of the function; one that did not start is started again by the next event.
let started: Promise<string> | undefined;

export async function handler({ rawPath, rawQueryString, requestContext }: UrlEvent): Promise<UrlAnswer> {
  started ??= start().catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  const query = rawQueryString ? `?${rawQueryString}` : '';
  const response = await fetch(`${await started}${rawPath}${query}`, { method: requestContext.http.method });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

async function start(): Promise<string> {
  const app = await createApp();
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}
