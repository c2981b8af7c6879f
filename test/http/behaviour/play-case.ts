/** Plays a case on a site, and compares what comes back with what the case expects. */
import { expect } from 'vitest';
import { deferred, quiet } from '../../engine/deferred';
import type { Answer, Headers } from '../../support/http-client';
import type { Site } from '../../support/http-site';
import type { BehaviourCase, Handled, Step } from './behaviour-case';
import type { Script } from './scripted-site';

interface Stage {
  readonly site: Site;
  readonly script: Script;
}

let pagesSoFar = 0;

export async function playCase(stage: Stage, { route = 'plain', steps }: BehaviourCase): Promise<void> {
  const page = `page-${++pagesSoFar}`;
  let etag = 'none';
  for (const [i, step] of steps.entries()) {
    const answers = await take(stage, step, `/${route}/${page}`, page, etag);
    for (const answer of answers) {
      check(answer, step, stage.script, page, etag, `request ${i + 1}`);
      etag = answer.headers.etag ?? etag;
    }
  }
}

/** Sends what the step says; resolves once the handler has been asked as often as the step says. */
async function take({ site, script }: Stage, step: Step, path: string, page: string, etag: string) {
  const { after = 0, method = 'GET', query = '', headers = {}, body, together = 1, alone = false } = step;
  site.clock.advance(after * 1_000);
  const before = script.callsOf(page);
  const gate = deferred();
  const fill = (given: Headers) => withValues(given, etag, site.clock.now());
  const handled = { ...step.handler, headers: fill(step.handler?.headers ?? {}) };
  script.prepare(page, handled, gate.promise);

  const arrivals = together > 1 ? arrivalsOf(site, together) : Promise.resolve();
  const asked = Array.from({ length: together }, () =>
    site.ask(`${path}${query}`, { method, headers: fill(headers), ...(body !== undefined && { body }) }),
  );
  await arrivals;
  gate.resolve();
  const answers = await Promise.all(asked);

  const isAsked = step.from === 'handler' || step.asks === true;
  const calls = !isAsked ? 0 : alone ? together : 1;
  if (step.from !== 'either') await expect.poll(() => script.callsOf(page) - before).toBe(calls);
  await quiet();
  if (step.from !== 'either') expect(script.callsOf(page) - before, 'calls of the handler').toBe(calls);
  return answers;
}

async function arrivalsOf(site: Site, count: number): Promise<void> {
  const all = deferred();
  const server = site.app.getHttpServer();
  let arrived = 0;
  const count1 = () => {
    if (++arrived === count) all.resolve();
  };
  server.on('request', count1);
  await all.promise;
  server.off('request', count1);
  for (let i = 0; i < 4; i++) await quiet();
}

function check(answer: Answer, step: Step, script: Script, page: string, etag: string, which: string): void {
  const { from, method, alone = false } = step;
  const { call } = bodyOf(answer);
  const last = script.callsOf(page);
  if (from === 'nobody') expect(call, which).toBeUndefined();
  else if (from === 'either' || alone) expect(call, which).toBeGreaterThan(0);
  else expect(call, which).toBe(from === 'handler' ? last : from);

  const handled: Handled = call === undefined ? {} : script.saidBy(page, call);
  expect(answer.status, which).toBe(step.status ?? handled.status ?? 200);
  if (method === 'HEAD' || answer.status === 304) expect(answer.text, which).toBe('');
  for (const [name, wanted] of Object.entries(step.has ?? {})) {
    const value = String(answer.headers[name]);
    if (typeof wanted === 'string') expect(value, `${which}: ${name}`).toBe(wanted.replace('$etag', etag));
    else expect(value, `${which}: ${name}`).toMatch(wanted);
  }
  for (const name of step.hasNot ?? []) expect(answer.headers, which).not.toHaveProperty(name);
}

/** The handler's body says which of its calls it was. */
function bodyOf({ text }: Answer): { call?: number } {
  return text === '' ? {} : (JSON.parse(text) as { call?: number });
}

/** `$etag` is the last answer's; `$now-60` a date a minute ago. */
function withValues(headers: Headers, etag: string, now: number): Headers {
  const fill = (value: string): string =>
    value
      .replace('$etag', etag)
      .replace(/\$now([+-]\d+)/, (_match, seconds: string) =>
        new Date(now + Number(seconds) * 1_000).toUTCString(),
      );
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(fill) : fill(value),
  ]);
  return Object.fromEntries(entries) as Headers;
}
