import type { ServerEvents } from '@hadir/client';
import type { Desk } from './desk.js';
import { el, svg } from './dom.js';
import { duration } from './words.js';

const EVERY_MS = 1500;
const KEPT = 40;
/** Of what the server lets a socket send, pings take no more than a tenth. */
const SHARE = 10;
const [WIDTH, HEIGHT] = [300, 56];

/** How long the server takes to answer a ping, as a line of the last minute. */
export function latency(desk: Desk): HTMLElement {
  const times: number[] = [];
  let last = -Infinity;
  const now = el('span', {}, '–');
  const rest = el('span', { class: 'hint' }, 'no ping yet');
  const area = svg('path', { class: 'area' });
  const line = svg('path', { class: 'line' });
  const chart = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': 'Latency' },
    area,
    line,
  );
  const show = () => {
    const sorted = times.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    const worst = sorted.at(-1) ?? 0;
    now.textContent = duration(times.at(-1) ?? 0);
    rest.textContent = `median ${duration(median)}, worst ${duration(worst)}`;
    chart.ariaLabel = `Latency of the last ${times.length} pings: ${rest.textContent}`;
    draw(times, worst, line, area);
  };
  const ping = async () => {
    const { session } = desk.hadir;
    const from = performance.now();
    if (!session || from - last < leastGap(session)) return;
    last = from;
    await desk.hadir.request('ping', null);
    times.push(performance.now() - from);
    if (times.length > KEPT) times.shift();
    show();
  };
  const tryPing = () => void ping().catch(() => undefined);
  desk.hadir.on('connected', () => setTimeout(tryPing));
  desk.every(EVERY_MS, tryPing);
  return el('div', { class: 'latency' }, el('p', { class: 'now' }, now), el('p', {}, rest), chart);
}

function leastGap({ rate_limits: { messages } }: ServerEvents['connected']): number {
  return messages ? (SHARE * messages.window_ms) / messages.count : 0;
}

/** The newest stands at the right; the scale begins at 0. */
function draw(times: readonly number[], worst: number, line: SVGElement, area: SVGElement): void {
  const step = WIDTH / (KEPT - 1);
  const first = WIDTH - (times.length - 1) * step;
  const points = times.map((ms, index) => {
    const y = HEIGHT - 3 - (ms / (worst || 1)) * (HEIGHT - 8);
    return `${(first + index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const path = points.length > 1 ? `M${points.join('L')}` : '';
  line.setAttribute('d', path);
  area.setAttribute('d', path && `${path}L${WIDTH},${HEIGHT}L${first.toFixed(1)},${HEIGHT}Z`);
}
