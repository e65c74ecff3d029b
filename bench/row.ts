import type { ContenderName } from './contenders.js';
import type { Bench } from './bench.js';
import type { ServerProcess } from './server-process.js';
import type { Sample } from './traffic.js';

/** What one measurement found. */
export interface Figure {
  /** µs of CPU, or bytes, per unit of work. */
  readonly cost: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly rss: number;
}

/** A contender, ready to be measured as often as wanted. */
export interface Stage {
  readonly servers: readonly ServerProcess[];
  measure(): Promise<Figure>;
  close(): Promise<void>;
}

/** A contender, or one of its variants: `hadir/1000`. */
export type Entrant = ContenderName | `${ContenderName}/${string}`;

export interface Row {
  readonly name: string;
  readonly work: string;
  readonly unit: 'µs' | 'bytes';
  readonly entrants: readonly Entrant[];
  /** The most that Hadir may cost, as a multiple of each of these. */
  readonly goals?: Partial<Record<Entrant, number>>;
  /** Part of a series: what grows, and how far it has grown here. */
  readonly series?: { readonly name: string; readonly x: number };
  /** Every measurement needs a server of its own, or has too many sockets for two servers at once (20,000 files). */
  readonly isFresh?: boolean;
  readonly needsRedis?: boolean;
  open(entrant: Entrant, bench: Bench): Promise<Stage>;
}

export function contenderOf(entrant: Entrant): ContenderName {
  return entrant.split('/')[0] as ContenderName;
}

/** A stage that has been measured once, so that what follows finds it warm. */
export async function warm(opening: Promise<Stage>): Promise<Stage> {
  const stage = await opening;
  await stage.measure();
  return stage;
}

/** What the servers' CPU did for the work. */
export async function costOf(servers: readonly ServerProcess[], work: () => Promise<Sample>): Promise<Figure> {
  const total = (read: (server: ServerProcess) => number) => servers.reduce((sum, server) => sum + read(server), 0);
  const cpu = total((server) => server.cpu());
  const started = performance.now();
  const { count, latency } = await work();
  const seconds = (performance.now() - started) / 1000;
  return {
    cost: ((total((server) => server.cpu()) - cpu) * 1000) / count,
    perSecond: count / seconds,
    p50: latency.percentile(0.5),
    p99: latency.percentile(0.99),
    rss: total((server) => server.rss()),
  };
}
