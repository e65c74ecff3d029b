import { drawing, polyline, text } from '../svg.js';
import type { SoakSample } from './sampler.js';
import type { Soak } from './verdict.js';

const WIDTH = 860;
const HEAD = 44;
const PANEL = 190;
const PLOT = { left: 56, width: 340, height: 120 };

interface Curve {
  readonly name: string;
  readonly color: string;
  readonly of: (sample: SoakSample) => number;
  /** Of which samples; of all without. */
  readonly isFor?: (sample: SoakSample) => boolean;
}

const panels: readonly { readonly title: string; readonly curves: readonly Curve[] }[] = [
  {
    title: 'memory, MiB',
    curves: [
      { name: 'RSS', color: '#2563eb', of: ({ rss }) => rss },
      { name: 'heap in use', color: '#d97706', of: ({ heap }) => heap },
      { name: 'RSS, clean', color: '#10b981', of: ({ rss }) => rss, isFor: ({ isClean }) => isClean },
    ],
  },
  {
    title: 'open',
    curves: [
      { name: 'files', color: '#2563eb', of: ({ openFiles }) => openFiles },
      { name: 'handles', color: '#d97706', of: ({ handles }) => handles },
      { name: 'sockets of /ws', color: '#10b981', of: ({ connections }) => connections },
    ],
  },
  {
    title: 'files open beyond the sockets',
    curves: [{ name: 'files', color: '#2563eb', of: ({ openFiles, connections }) => openFiles - connections }],
  },
  {
    title: 'event-loop lag, p99 of 5 s, ms',
    curves: [{ name: 'lag', color: '#2563eb', of: ({ lag }) => lag }],
  },
];

/** What a server took over the time of a soak. */
export function soakChart(soak: Soak): string {
  const height = HEAD + Math.ceil(panels.length / 2) * PANEL + 16;
  const title = `${soak.minutes} minutes of ${soak.sockets} sockets that talk, come and go`;
  const drawn = panels.map((_, index) =>
    panel(soak, index, { x: (index % 2) * (WIDTH / 2), y: HEAD + Math.floor(index / 2) * PANEL }),
  );
  const foot = `${soak.date.slice(0, 10)} · ${soak.machine}`;
  return drawing(WIDTH, height, [
    text(16, 24, title, 'font-size="15"'),
    ...drawn,
    text(16, height - 8, foot, 'font-size="10" fill="#64748b"'),
  ]);
}

function panel(soak: Soak, index: number, { x, y }: { x: number; y: number }): string {
  const { title, curves } = panels[index]!;
  const { left, width, height } = PLOT;
  const top = y + 34;
  const highest = 1.1 * Math.max(1, ...soak.samples.flatMap((sample) => curves.map(({ of }) => of(sample))));
  const minutes = soak.warmUp + soak.minutes;
  const across = (at: number) => x + left + (width * at) / minutes;
  const up = (value: number) => top + height * (1 - value / highest);
  const lines = curves.map(({ of, isFor = () => true, color }) =>
    polyline(
      soak.samples.filter(isFor).map((sample) => `${across(sample.at).toFixed(1)},${up(of(sample)).toFixed(1)}`),
      color,
    ),
  );
  const names = curves.map(({ name, color }, place) =>
    text(x + left + 150 + place * 75, y + 16, name, `fill="${color}" font-size="11"`),
  );
  const marks = [0, highest / 2, highest].map((value) =>
    text(x + left - 6, up(value) + 4, value.toFixed(0), 'font-size="10" text-anchor="end"'),
  );
  const times = [0, minutes / 2, minutes].map((at) =>
    text(across(at), top + height + 16, `${at} min`, 'font-size="10" text-anchor="middle"'),
  );
  const axis = `<path d="M${x + left} ${top}v${height}h${width}" fill="none" stroke="#cbd5e1"/>`;
  const warm = across(soak.warmUp).toFixed(1);
  const warmth = `<path d="M${warm} ${top}v${height}" stroke="#cbd5e1" stroke-dasharray="3"/>`;
  return [text(x + 16, y + 16, title, 'font-weight="600"'), ...names, axis, warmth, ...marks, ...times, ...lines].join(
    '\n',
  );
}
