import { type BehaviourCase, type BehaviourGroup, notReused, reused } from '../behaviour-case';

const LIFETIME = { 'Cache-Control': 'max-age=3600' };
const ONLY = 'only 2xx, 301, 308, 404 and 410 are kept';
const PARTS = 'an answer to a question for a part, RFC 9111 (3.3)';

const keptStatus = (status: number): BehaviourCase => ({
  id: `status-${status}-fresh`,
  does: `${status} is reused`,
  steps: reused(LIFETIME, { status }),
});

const notKeptStatus = (status: number, differs = ONLY): BehaviourCase => ({
  id: `status-${status}-fresh`,
  does: `${status} is not stored`,
  differs,
  steps: notReused(LIFETIME, { status }),
});

export const statuses: BehaviourGroup = {
  title: 'Which statuses are kept',
  cases: [
    ...[200, 201, 203, 299, 301, 308, 404, 410].map(keptStatus),
    {
      id: 'status-204-fresh',
      does: '204 is reused',
      steps: [
        { handler: { status: 204, headers: LIFETIME }, from: 'nobody', status: 204, asks: true },
        { from: 'nobody', status: 204 },
      ],
    },
    notKeptStatus(206, PARTS),
    ...[302, 303, 307, 400, 403, 451, 499, 500, 502, 503, 504, 599].map((status) => notKeptStatus(status)),
    {
      id: 'status-200-stale',
      does: 'a status that is kept is not reused past its lifetime',
      steps: notReused({ 'Cache-Control': 'max-age=2' }, { status: 404 }),
    },
    {
      id: 'status-thrown-404',
      does: 'a 404 that the handler throws is not stored',
      differs: 'an exception is no answer; a handler that wants its 404 kept sets it',
      steps: [
        { handler: { throws: 'an HttpException' }, from: 'nobody', status: 404, asks: true },
        { from: 'handler' },
        { from: 2 },
      ],
    },
    {
      id: 'status-thrown-500',
      does: 'an error that the handler throws is not stored',
      steps: [
        { handler: { throws: 'an error' }, from: 'nobody', status: 500, asks: true },
        { from: 'handler' },
      ],
    },
    ...[200, 404].map((status): BehaviourCase => ({
      id: `heuristic-${status}-cached`,
      does: `${status} with a \`Last-Modified\` is kept for the decorator's TTL, not for a part of its age`,
      differs: 'the decorator has said how long; nothing is left to guess',
      steps: [
        { handler: { status, headers: { 'Last-Modified': '$now-86400' } }, from: 'handler' },
        { after: 599, from: 1 },
        { after: 1, from: 'handler' },
      ],
    })),
  ],
};
