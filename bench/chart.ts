import { contenders, everyone } from './contenders.js';
import type { Results, RowResult } from './results.js';
import { drawing, polyline, text } from './svg.js';
import { number } from './table.js';

const WIDTH = 860;
const LEFT = 110;
const BAR = 12;
const GAP = 22;
const HEAD = 64;
const PANEL = 200;
/** Bars that would be longer than so many times plain ws are cut. */
const LONGEST = 3;
type Drawn = (typeof everyone)[number];
const colors: Record<Drawn, string> = {
  hadir: '#2563eb',
  ws: '#94a3b8',
  nest: '#d97706',
  socketio: '#64748b',
  bun: '#10b981',
};

/** Bars of every row against plain ws, and how costs grow. */
export function chart({ rows, date, machine }: Results): string {
  const bars = rows.filter(({ series, standings }) => !series && standings.ws);
  const drawn = barsOf(bars);
  const growth = growthOf(rows, HEAD + drawn.height + 20);
  const height = HEAD + drawn.height + 20 + growth.height;
  return drawing(WIDTH, height, [
    text(
      16,
      24,
      'Server CPU per unit of work (idle: memory per socket), plain ws = 1; shorter is better',
      'font-size="15"',
    ),
    ...everyone.map((name, index) => legend(name, 16 + index * 110)),
    drawn.svg,
    growth.svg,
    text(16, height - 8, `${date.slice(0, 10)} · ${machine}`, 'font-size="10" fill="#64748b"'),
  ]);
}

const legend = (name: Drawn, x: number) =>
  `<rect x="${x}" y="36" width="10" height="10" fill="${colors[name]}"/>${text(x + 15, 45, contenders[name].title)}`;

function barsOf(rows: readonly RowResult[]): { svg: string; height: number } {
  const costs = (row: RowResult) =>
    everyone.flatMap((name) => {
      const standing = row.standings[name];
      return standing ? [{ name, share: standing.cost.median / row.standings.ws!.cost.median }] : [];
    });
  const scale = (WIDTH - LEFT - 70) / LONGEST;
  let y = HEAD;
  const parts = rows.map((row) => {
    const lines = costs(row).map(({ name, share }, index) => {
      const top = y + index * BAR;
      const length = Math.min(share, LONGEST) * scale;
      const bar = `<rect x="${LEFT}" y="${top}" width="${length.toFixed(1)}" height="${BAR - 2}" fill="${colors[name]}"/>`;
      return (
        bar +
        text(LEFT + length + 4, top + 9, share > LONGEST ? `→ ${share.toFixed(1)}` : share.toFixed(2), 'font-size="10"')
      );
    });
    const label = text(16, y + 10, row.name, 'font-weight="600"');
    y += lines.length * BAR + GAP - BAR;
    return label + lines.join('');
  });
  return { svg: parts.join('\n'), height: y - HEAD };
}

function growthOf(rows: readonly RowResult[], top: number): { svg: string; height: number } {
  const names = [...new Set(rows.flatMap(({ series }) => (series ? [series.name] : [])))];
  const panels = names.map((name, index) => {
    const points = rows.filter(({ series }) => series?.name === name);
    const x = 16 + (index % 2) * (WIDTH / 2);
    return panel(name, points, { x, y: top + Math.floor(index / 2) * PANEL });
  });
  return { svg: panels.join('\n'), height: Math.ceil(names.length / 2) * PANEL + 20 };
}

function panel(name: string, rows: readonly RowResult[], { x, y }: { x: number; y: number }): string {
  const [width, height] = [WIDTH / 2 - 60, PANEL - 70];
  const highest = Math.max(
    ...rows.flatMap(({ standings }) => Object.values(standings).map((standing) => standing?.cost.median ?? 0)),
  );
  const place = (index: number, cost: number) =>
    `${(x + 20 + (index * (width - 40)) / Math.max(1, rows.length - 1)).toFixed(1)},${(y + 30 + height * (1 - cost / highest)).toFixed(1)}`;
  const lines = (['hadir', 'ws'] as const).map((entrant) => {
    const points = rows.flatMap((row, index) => {
      const standing = row.standings[entrant];
      return standing ? [place(index, standing.cost.median)] : [];
    });
    return polyline(points, colors[entrant]);
  });
  const labels = rows.map((row, index) => {
    const at = x + 20 + (index * (width - 40)) / Math.max(1, rows.length - 1);
    const cost = row.standings.hadir?.cost.median ?? 0;
    const label = `${row.series?.x.toLocaleString('en')}: ${number(cost)} ${row.unit}`;
    const anchor = index === 0 ? 'start' : index === rows.length - 1 ? 'end' : 'middle';
    return text(
      at + { start: -20, middle: 0, end: 20 }[anchor],
      y + height + 48,
      label,
      `font-size="10" text-anchor="${anchor}"`,
    );
  });
  const axis = `<path d="M${x} ${y + 30 + height}h${width}" stroke="#cbd5e1"/>`;
  return [text(x, y + 16, name, 'font-weight="600"'), axis, ...lines, ...labels].join('\n');
}
