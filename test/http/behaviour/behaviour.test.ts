// How the interceptor behaves as an HTTP cache, case by case. The cases are modelled on those of the public cache-tests
// project that apply to a cache on the origin's side, and bear their names; docs/http.md lists them.
import 'reflect-metadata';
import { beforeAll, describe, it } from 'vitest';
import { PLATFORMS_AND_BODIES, type Site } from '../../support/http-site';
import { GROUPS } from './cases';
import { playCase } from './play-case';
import { type Script, openScriptedSite } from './scripted-site';

describe.each(PLATFORMS_AND_BODIES)('$platform, kept as $body', ({ platform, body }) => {
  let stage: { site: Site; script: Script };

  beforeAll(async () => {
    stage = await openScriptedSite(platform, body);
  });

  for (const { title, cases } of GROUPS) {
    describe(title, () => {
      for (const each of cases) it(`${each.id}: ${each.does}`, () => playCase(stage, each));
    });
  }
});
