import type { Results, RowResult, Standing } from './results.js';
import type { Entrant } from './row.js';
import { number } from './table.js';

/** A cost may grow by this much from the first point of a series to its dearest. */
const FLAT = 1.2;

const table = (head: string, align: string, lines: readonly string[]) => [head, align, ...lines].join('\n');
const cells = (...all: readonly string[]) => `| ${all.join(' | ')} |`;

/** Every row against its goals. */
export function judgement({ rows, date, machine, rounds, windowMs }: Results): string {
  const judged = rows.filter(({ ratios }) => Object.values(ratios).some((ratio) => ratio?.goal !== undefined));
  const when = `${date.slice(0, 10)}, ${machine}; ${rounds} alternating rounds of ${windowMs / 1000} s, median (lowest–highest).`;
  const head = '| row | Hadir | latency p50 / p99 | throughput | against | ratio | goal | |';
  return `${when}\n\n${table(head, '| --- | --: | --: | --: | --- | --: | --: | --- |', judged.flatMap(verdicts))}`;
}

function verdicts({ name, unit, standings, ratios }: RowResult): string[] {
  const own = standings.hadir;
  const goals = Object.entries(ratios).flatMap(([entrant, ratio]) =>
    ratio?.goal === undefined ? [] : [{ entrant: entrant as Entrant, ...ratio, goal: ratio.goal }],
  );
  return goals.map(({ entrant, median, min, max, goal }, index) =>
    cells(
      ...(index === 0 && own ? [`**${name}**`, `${number(own.cost.median)} ${unit}`, ...pace(own)] : ['', '', '', '']),
      entrant,
      `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`,
      `≤ ${goal}`,
      median <= goal ? 'reached' : '**missed**',
    ),
  );
}

function pace({ p50, p99, perSecond }: Standing): [latency: string, throughput: string] {
  return [p50 ? `${number(p50)} / ${number(p99)} ms` : '', `${number(perSecond)}/s`];
}

/** How the costs of each series grow, and whether they stay flat. */
export function growth({ rows }: Results): string {
  const names = [...new Set(rows.flatMap(({ series }) => (series ? [series.name] : [])))];
  const lines = names.map((name) => {
    const points = rows.flatMap(({ series, unit, standings: { hadir } }) =>
      series?.name === name && hadir ? [{ x: series.x, unit, cost: hadir.cost.median }] : [],
    );
    const first = points[0]?.cost ?? Number.NaN;
    const most = Math.max(...points.map(({ cost }) => cost / first));
    const shown = points.map(({ x, unit, cost }) => `${x.toLocaleString('en')}: ${number(cost)} ${unit}`);
    return cells(name, shown.join('<br>'), `×${most.toFixed(2)}`, most <= FLAT ? 'flat' : '**grows**');
  });
  return table('| what | measured | dearest against the first | |', '| --- | --- | --: | --- |', lines);
}
