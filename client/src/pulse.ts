import type { ServerEvents } from './catalogue.js';
import type { Channel } from './channel.js';
import { asHadirError, type HadirError } from './errors.js';

const TICK_MS = 5000;
/** A browser rings the timers of a hidden page once a minute; beyond this the machine slept. */
const SLEPT_MS = 90_000;
const PROBE_MS = 5000;

interface Target {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface Patient {
  /** The connection does not answer. */
  dead(error: HadirError): void;
  /** It answers, after a sleep in which its token has aged. */
  slept(): void;
  /** There is none, and this may be a good moment to try. */
  hurry(): void;
}

interface Probed extends Pick<Channel, 'state'> {
  readonly session: ServerEvents['connected'] | undefined;
  request(type: 'ping', data: null, timeoutMs: number): Promise<unknown>;
}

/**
 * Finds out that a connection is dead: after silence, when the network returns, when a page is seen again and when the
 * machine slept. (A page is not told of the server's own pings, so it needs its own.)
 */
export class Pulse {
  private readonly global = globalThis as unknown as Partial<Target> & { document?: Target & { hidden: boolean } };
  private timer: ReturnType<typeof setInterval> | undefined;
  private tickedAt = 0;
  /** For so long nothing was heard, in ms, by the ticks: a clock that is set back must not make it wait. */
  private silentMs = 0;
  private isProbing = false;

  constructor(
    private readonly channel: Probed,
    private readonly patient: Patient,
  ) {}

  start(): void {
    this.beat();
    this.tickedAt = Date.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.listen('addEventListener');
  }

  stop(): void {
    clearInterval(this.timer);
    this.listen('removeEventListener');
  }

  /** Something was heard. */
  beat(): void {
    this.silentMs = 0;
  }

  private readonly woke = (): void => {
    if (this.global.document?.hidden) return;
    if (this.channel.session) this.probe(false);
    else this.patient.hurry();
  };

  private listen(how: 'addEventListener' | 'removeEventListener'): void {
    const { document } = this.global;
    this.global[how]?.('online', this.woke);
    for (const type of ['visibilitychange', 'resume']) document?.[how](type, this.woke);
  }

  private tick(): void {
    const gap = Date.now() - this.tickedAt;
    this.tickedAt += gap;
    this.silentMs += Math.max(gap, TICK_MS);
    const { session } = this.channel;
    if (!session) {
      if (gap > 3 * TICK_MS) this.patient.hurry();
    } else if (gap > 3 * TICK_MS || this.silentMs > session.heartbeat_interval_ms) {
      this.probe(gap > SLEPT_MS);
    }
  }

  private probe(slept: boolean): void {
    if (this.isProbing) return;
    this.isProbing = true;
    const { session } = this.channel;
    this.channel
      .request('ping', null, PROBE_MS)
      .then(() => slept && this.patient.slept())
      .catch((cause: unknown) => {
        const error = asHadirError(cause);
        if (error.code === 'timeout' && this.channel.session === session) this.patient.dead(error);
      })
      .finally(() => (this.isProbing = false));
  }
}
