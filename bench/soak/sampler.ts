import type { ServerProcess } from '../server-process.js';

const EVERY_MS = 5000;

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
}

/** Looks at a server every few seconds. */
export class Sampler {
  readonly samples: SoakSample[] = [];
  private readonly began = performance.now();
  private readonly ticking = setInterval(() => void this.look(), EVERY_MS);

  /** @param onSample told of each */
  constructor(
    private readonly server: ServerProcess,
    private readonly onSample: (sample: SoakSample) => void,
  ) {}

  end(): void {
    clearInterval(this.ticking);
  }

  private async look(): Promise<void> {
    const page = await (await fetch(`http://127.0.0.1:${this.server.port}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(page)?.[1] ?? 0);
    const sample = {
      at: (performance.now() - this.began) / 60_000,
      rss: this.server.rss() / 2 ** 20,
      heap: figure('nodejs_heap_size_used_bytes') / 2 ** 20,
      openFiles: this.server.openFiles(),
      handles: figure('nodejs_active_handles_total'),
      connections: figure('hadir_connections'),
      lag: figure('nodejs_eventloop_lag_p99_seconds') * 1000,
    };
    this.samples.push(sample);
    this.onSample(sample);
  }
}
