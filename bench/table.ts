import { contenders } from './contenders.js';
import type { Results, RowResult, Spread, Standing } from './results.js';
import { contenderOf, type Entrant } from './row.js';

export const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const title = (entrant: Entrant) =>
  entrant.includes('/')
    ? `${contenders[contenderOf(entrant)].title}, ${entrant.split('/')[1]}`
    : contenders[contenderOf(entrant)].title;

/** Everything that was measured in a row, for the terminal. */
export function details(row: RowResult): string {
  const lines = (Object.entries(row.standings) as [Entrant, Standing][]).map(([entrant, standing]) =>
    line(row, entrant, standing),
  );
  const absent = Object.entries(row.absent).map(
    ([entrant, why]) => `  ${title(entrant as Entrant).padEnd(14)} n/a: ${why}`,
  );
  return [`${row.name}: ${row.work}`, ...lines, ...absent].join('\n');
}

function line({ unit, ratios }: RowResult, entrant: Entrant, { cost, perSecond, p50, p99, rss }: Standing): string {
  const ratio = ratios[entrant];
  return [
    `  ${title(entrant).padEnd(14)}`,
    `${number(cost.median)} ${unit}`.padStart(12),
    `(${number(cost.min)}–${number(cost.max)})`.padEnd(18),
    `${number(perSecond)}/s`.padStart(11),
    `p50 ${p50 ? number(p50) : '–'} ms`.padStart(15),
    `p99 ${p99 ? number(p99) : '–'} ms`.padStart(15),
    `${number(rss / 2 ** 20)} MiB`.padStart(10),
    ratio ? `   Hadir ×${shownRatio(ratio)}${judged(ratio)}` : '',
  ].join(' ');
}

const shownRatio = ({ median, min, max }: Spread) => `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;

function judged({ median, goal }: Spread & { goal?: number }): string {
  if (goal === undefined) return '';
  return median <= goal ? ` ≤ ${goal} reached` : ` goal ${goal} MISSED`;
}

/** The table of the README. */
export function markdown({ rows, date, machine, rounds, windowMs }: Results): string {
  const shown = rows.filter(({ series }) => !series);
  return [
    '| | Hadir | against plain ws | against Socket.IO | against stock Nest | against Bun |',
    '| --- | --: | --: | --: | --: | --: |',
    ...shown.map(markdownRow),
    '',
    `CPU time of the server (idle: resident memory), the median of ${rounds} alternating rounds of ${windowMs / 1000} s;`,
    `below 1 Hadir is cheaper. ${date.slice(0, 10)}, ${machine}.`,
  ].join('\n');
}

function markdownRow({ name, work, unit, standings, ratios }: RowResult): string {
  const cost = standings.hadir?.cost;
  const ratio = (entrant: Entrant) => ratios[entrant]?.median.toFixed(2) ?? '';
  const growth = ratios['hadir/1000'];
  return (
    [
      `| **${name}** ${work}${growth ? ` (growth ${growth.median.toFixed(2)})` : ''}`,
      cost ? `${number(cost.median)} ${unit}` : 'n/a',
      ...(['ws', 'socketio', 'nest', 'bun'] as const).map(ratio),
    ].join(' | ') + ' |'
  );
}
