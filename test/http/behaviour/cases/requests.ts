import type { BehaviourGroup, Step } from '../behaviour-case';

const stored = (lifetime = 'max-age=3600'): Step => ({
  handler: { headers: { 'Cache-Control': lifetime } },
  from: 'handler',
});
const asking = (control: string): Pick<Step, 'headers'> => ({ headers: { 'Cache-Control': control } });

export const requests: BehaviourGroup = {
  title: 'What the client asks for',
  cases: [
    {
      id: 'ccreq-ma0',
      does: '`max-age=0` reaches the handler, and what that says is kept for the next',
      steps: [stored(), { ...asking('max-age=0'), after: 1, from: 'handler' }, { after: 1, from: 2 }],
    },
    {
      id: 'ccreq-ma1',
      does: '`max-age=1` reaches the handler when the answer is older',
      steps: [stored(), { after: 3, ...asking('max-age=1'), from: 'handler' }],
    },
    {
      id: 'ccreq-ma-enough',
      does: '`max-age=60` is served what is younger than that',
      steps: [stored(), { after: 3, ...asking('max-age=60'), from: 1 }],
    },
    {
      id: 'ccreq-magreaterage',
      does: '`max-age=600` reaches the handler when the answer arrived older (`Age`)',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=3600', Age: '1800' } }, from: 'handler' },
        { ...asking('max-age=600'), from: 'handler' },
      ],
    },
    {
      id: 'ccreq-max-stale',
      does: '`max-stale` is given no answer that the server lets nobody have any more',
      differs: 'an answer is not kept past its life and the stale times that the server grants',
      steps: [stored('max-age=1'), { after: 3, ...asking('max-stale=1000'), from: 'handler' }],
    },
    {
      id: 'ccreq-max-stale-kept',
      does: '`max-stale` is given an answer that is only kept for `staleIfError`',
      route: 'stale',
      steps: [{ from: 'handler' }, { after: 1_200, ...asking('max-stale=1000'), from: 1 }],
    },
    {
      id: 'ccreq-max-stale-must-revalidate',
      does: '`max-stale` does not overrule `must-revalidate`',
      route: 'stale',
      steps: [
        stored('max-age=10, must-revalidate'),
        { after: 30, ...asking('max-stale=1000'), from: 'handler' },
      ],
    },
    {
      id: 'ccreq-min-fresh',
      does: '`min-fresh` reaches the handler when the answer will not be fresh for that long',
      steps: [stored('max-age=1500'), { ...asking('min-fresh=2000'), from: 'handler' }],
    },
    {
      id: 'ccreq-min-fresh-enough',
      does: '`min-fresh` is served what will be',
      steps: [stored('max-age=1500'), { ...asking('min-fresh=1000'), from: 1 }],
    },
    {
      id: 'ccreq-no-cache',
      does: '`no-cache` reaches the handler, and what that says is kept for the next',
      steps: [
        stored(),
        { ...asking('no-cache'), from: 'handler', handler: { headers: { 'Cache-Control': 'max-age=3600' } } },
        { after: 1, from: 2 },
      ],
    },
    {
      id: 'ccreq-no-cache-case-insensitive',
      does: '`No-CaChE` as well',
      steps: [stored(), { ...asking('No-CaChE'), from: 'handler' }],
    },
    {
      id: 'ccreq-no-store',
      does: '`no-store` reaches the handler, and what that says is not kept',
      steps: [stored(), { ...asking('no-store'), from: 'handler' }, { after: 1, from: 1 }],
    },
    {
      id: 'ccreq-no-store-first',
      does: '`no-store` leaves nothing behind',
      steps: [{ ...asking('no-store'), from: 'handler' }, { from: 'handler' }],
    },
    {
      id: 'ccreq-oic',
      does: '`only-if-cached` is answered with 504 when there is nothing',
      steps: [{ ...asking('only-if-cached'), from: 'nobody', status: 504 }, { from: 'handler' }],
    },
    {
      id: 'ccreq-oic-fresh',
      does: '`only-if-cached` is served what there is',
      steps: [stored(), { after: 1, ...asking('only-if-cached'), from: 1 }],
    },
    {
      id: 'ccreq-oic-expired',
      does: '`only-if-cached` is answered with 504 when what there is is past its time',
      steps: [stored('max-age=1'), { after: 3, ...asking('only-if-cached'), from: 'nobody', status: 504 }],
    },
    {
      id: 'pragma-request-no-cache',
      does: '`Pragma: no-cache` without a `Cache-Control` is `no-cache`',
      steps: [
        stored(),
        { ...stored(), headers: { Pragma: 'no-cache' } },
        { headers: { Pragma: 'no-cache', 'Cache-Control': 'max-age=60' }, from: 2 },
      ],
    },
    {
      id: 'pragma-request-extension',
      does: 'a `Pragma` that nobody knows changes nothing',
      steps: [stored(), { headers: { Pragma: 'unrecognised-extension' }, from: 1 }],
    },
    ...['max-age=0', 'no-cache', 'no-store', 'min-fresh=100000'].map((control) => ({
      id: `ccreq-ignored-${control.replace(/=.*/, '')}`,
      does: `\`${control}\` changes nothing under \`clientDirectives: 'ignore'\``,
      route: 'deaf' as const,
      steps: [{ from: 'handler' as const }, { after: 3, ...asking(control), from: 1 }],
    })),
    {
      id: 'ccreq-ignored-only-if-cached',
      does: "`only-if-cached` changes nothing under `clientDirectives: 'ignore'`",
      route: 'deaf',
      steps: [{ ...asking('only-if-cached'), from: 'handler' }, { from: 1 }],
    },
  ],
};
