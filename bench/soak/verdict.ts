import { growth } from './trend.js';
import type { Tally } from './regular.js';
import type { SoakSample } from './sampler.js';

/** Of memory in ten minutes, in MiB. */
const MAX_GROWTH = 1;
const TEN_MINUTES = 10;

export interface Soak {
  readonly date: string;
  readonly machine: string;
  /** After the warm-up. */
  readonly minutes: number;
  /** In which is filled what is filled once, such as caches and code; in minutes. */
  readonly warmUp: number;
  readonly sockets: number;
  /** Whether V8 alone decided when garbage was collected. */
  readonly leavesGarbage: boolean;
  readonly samples: readonly SoakSample[];
  readonly tally: Tally;
}

export interface Finding {
  readonly name: string;
  readonly value: string;
  readonly bound: string;
  readonly isGood: boolean;
}

/** By how much something grows in ten minutes, once the server is warm: of what is not garbage, where that can be told. */
function growing(soak: Soak, of: (sample: SoakSample) => number): number {
  const samples = soak.samples.filter(({ at }) => at >= soak.warmUp);
  const clean = samples.filter(({ isClean }) => isClean);
  const warm = clean.length > 0 ? clean : samples;
  return TEN_MINUTES * growth(warm.map((sample) => ({ at: sample.at, value: of(sample) })));
}

/** What a run shows, each with its bound. */
export function verdict(soak: Soak): Finding[] {
  const rss = growing(soak, (sample) => sample.rss);
  const heap = growing(soak, (sample) => sample.heap);
  const files = growing(soak, ({ openFiles, connections }) => openFiles - connections);
  const { lost, errors } = soak.tally;
  const lags = soak.samples.map(({ lag }) => lag);
  const finding = (name: string, value: string, bound = '', isGood = true) => ({ name, value, bound, isGood });
  return [
    finding('RSS, growth in 10 minutes', `${rss.toFixed(2)} MiB`, `≤ ${MAX_GROWTH} MiB`, rss <= MAX_GROWTH),
    finding('heap in use, growth in 10 minutes', `${heap.toFixed(2)} MiB`),
    finding('open files beyond the sockets, growth in 10 minutes', files.toFixed(1), '≤ 1', files <= 1),
    finding('sockets closed that nobody wanted closed', String(lost), '= 0', lost === 0),
    finding('messages refused', String(errors), '= 0', errors === 0),
    finding('event-loop lag, p99 of the worst 5 s', `${Math.max(...lags).toFixed(0)} ms`),
  ];
}
