import { element } from './elements.js';

/** How many requests were a hit, stale or a load, and how long half of them took at most. */
export class Totals {
  times = { hit: [], stale: [], load: [] };

  constructor(list) {
    this.list = list;
    this.show();
  }

  add({ origin, ms }) {
    const times = this.times[origin];
    if (!times) return;
    times.push(ms);
    if (times.length > 1_000) times.shift();
    this.show();
  }

  show() {
    this.list.replaceChildren(...Object.entries(this.times).map(([origin, times]) => figure(origin, times)));
  }
}

function figure(origin, times) {
  const median = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
  return element(
    'div',
    '',
    element('dt', `origin ${origin}`, origin),
    element('dd', 'count', String(times.length)),
    element('dd', 'ms', median === undefined ? '–' : `${median.toFixed(1)} ms`),
  );
}
