import { type Latency, methodOf, ms, rowsOf } from './latency';

/** One page that needs nothing else: the chart, the figures, and how they were measured. */
export function pageOf(latency: Latency, svg: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Restaurants: how long a read takes</title>
<style>
  body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 Lato, system-ui, sans-serif; color: #22292f; }
  svg { width: 100%; height: auto; }
  table { border-collapse: collapse; margin: 1.5rem 0; min-width: 30rem; }
  caption { text-align: left; font-weight: bold; padding: 0.3rem 0; }
  th, td { padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid #d9dfe3; text-align: right; font-variant-numeric: tabular-nums; }
  th:first-child { text-align: left; }
</style>
<h1>Restaurants: how long a read takes</h1>
${svg}
${latency.questions.map(({ title, durations }) => table(title, rowsOf(durations))).join('\n')}
<p>${methodOf(latency)}</p>
</html>
`;
}

function table(title: string, rows: ReturnType<typeof rowsOf>): string {
  const lines = rows.map(
    ({ tier, p50, p95, p99 }) =>
      `<tr><th scope="row">${tier}</th>${[p50, p95, p99].map((figure) => `<td>${ms(figure)}</td>`).join('')}</tr>`,
  );
  const head = ['p50', 'p95', 'p99'].map((name) => `<th scope="col">${name}</th>`).join('');
  return `<table>
<caption>${title}; milliseconds</caption>
<thead><tr><th scope="col">answered by</th>${head}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>`;
}
