/** The cold starts as an SVG: a bar for each, the first answer behind the loading of the function. */
import type { ColdStart, Figures } from './figures';

const WIDTH = 640;
const LEFT = 210;
const BAR = 26;
const TOP = 56;
const COLOURS = { init: '#b9c4cc', answer: '#1b6ca8' };

export function coldStartChart({ coldStart, machine }: Figures): string {
  const bars: [string, ColdStart][] = [
    ['without the cache', coldStart.withoutCache],
    ['with the cache, which misses', coldStart.miss],
    ['with the cache, hit in the table', coldStart.hit],
  ];
  const longest = Math.max(...bars.map(([, start]) => sum(start)));
  const scale = (WIDTH - LEFT - 90) / longest;
  const height = TOP + bars.length * (BAR + 10) + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    '<text x="8" y="20" font-size="14" font-weight="bold">A function of Lambda, started cold</text>',
    legend(8, COLOURS.init, 'until it is loaded'),
    legend(150, COLOURS.answer, 'from there to the first answer'),
    ...bars.flatMap(([name, start], i) => bar(name, start, TOP + i * (BAR + 10), scale)),
    `<text x="8" y="${height - 8}" fill="#666">Medians of ${coldStart.rounds} processes each, on ${machine}.</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function bar(name: string, start: ColdStart, y: number, scale: number): string[] {
  const init = start.initMs * scale;
  const answer = start.answerMs * scale;
  const end = LEFT + init + answer + 6;
  return [
    `<text x="${LEFT - 8}" y="${y + 17}" text-anchor="end">${name}</text>`,
    rectangle(LEFT, y, init, COLOURS.init),
    rectangle(LEFT + init, y, answer, COLOURS.answer),
    `<text x="${end.toFixed(1)}" y="${y + 17}">${sum(start).toFixed(0)} ms</text>`,
  ];
}

function rectangle(x: number, y: number, width: number, colour: string): string {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${colour}"/>`;
}

function legend(x: number, colour: string, text: string): string {
  return `<rect x="${x}" y="32" width="12" height="12" fill="${colour}"/><text x="${x + 18}" y="42">${text}</text>`;
}

function sum({ initMs, answerMs }: ColdStart): number {
  return initMs + answerMs;
}
