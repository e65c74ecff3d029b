import type { Inspector } from '../inspector.js';
import type { ServerProcess } from '../server-process.js';

const EVERY_MS = 5000;
/** Of so many samples one shows what is left when the garbage is collected. */
const CLEAN_EVERY = 4;

/** What a server took at one moment. */
export interface SoakSample {
  /** Since the first sample, in minutes. */
  readonly at: number;
  /** In MiB. */
  readonly rss: number;
  readonly heap: number;
  readonly openFiles: number;
  /** Sockets, servers and the like of Node. */
  readonly handles: number;
  readonly connections: number;
  /** What 1 % of the event loop's turns were late since the sample before, at least, in ms. */
  readonly lag: number;
  /** Whether the garbage was collected right before. */
  readonly isClean: boolean;
}

/** Looks at a server every few seconds. */
export class Sampler {
  readonly samples: SoakSample[] = [];
  failure: Error | undefined;
  private readonly began = performance.now();
  private readonly ticking = setInterval(() => void this.tick(), EVERY_MS);
  private ticks = 0;
  private isLooking = false;

  /**
   * @param onSample told of each
   * @param inspector to have garbage collected with; without it, that is left to V8
   */
  constructor(
    private readonly server: ServerProcess,
    private readonly onSample: (sample: SoakSample) => void,
    private readonly inspector?: Inspector,
  ) {}

  end(): void {
    clearInterval(this.ticking);
  }

  /** A server too busy to answer in time is looked at less often. */
  private async tick(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.look().catch((error: unknown) => void (this.failure ??= error as Error));
    this.isLooking = false;
  }

  private async look(): Promise<void> {
    this.ticks += 1;
    const isClean = this.inspector !== undefined && this.ticks % CLEAN_EVERY === 0;
    if (isClean) await this.inspector?.collectGarbage();
    const rss = this.server.rss() / 2 ** 20;
    const page = await (await fetch(`http://127.0.0.1:${this.server.port}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(page)?.[1] ?? 0);
    const sample = {
      at: (performance.now() - this.began) / 60_000,
      rss,
      heap: figure('nodejs_heap_size_used_bytes') / 2 ** 20,
      openFiles: this.server.openFiles(),
      handles: figure('nodejs_active_handles_total'),
      connections: figure('hadir_connections'),
      lag: figure('nodejs_eventloop_lag_p99_seconds') * 1000,
      isClean,
    };
    this.samples.push(sample);
    this.onSample(sample);
  }
}
