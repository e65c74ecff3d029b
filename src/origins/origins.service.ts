import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Broker } from '../cluster/broker.js';
import { Signals } from '../cluster/signals.js';
import { type Cancel, Clock } from '../common/clock.js';
import { storedId } from '../common/ids.js';
import { Problem } from '../common/problem.js';
import { ServerSettings } from '../config/settings.js';
import { OriginRecord } from './origin.entity.js';

declare module '../cluster/signals.js' {
  interface SignalMap {
    origins_changed: Record<string, never>;
  }
}

/** One entry of the whitelist. Those of the environment have no id: only its owner removes them. */
export interface WhitelistedOrigin {
  readonly id: string | null;
  readonly origin: string;
  readonly source: 'environment' | 'stored';
  readonly createdAt: Date | null;
}

/** How often the stored list is read again in case a signal was lost, in milliseconds. */
const REREAD_MS = 30_000;

/** The one whitelist of browser origins, for CORS and for /ws: the environment's and what administrators stored. */
@Injectable()
export class Origins implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Origins.name);
  private readonly fixed: readonly WhitelistedOrigin[];
  private stored: readonly WhitelistedOrigin[] = [];
  private allowed: ReadonlySet<string> = new Set();
  private latest: Promise<void> = Promise.resolve();
  private stop: Cancel = () => undefined;

  constructor(
    @InjectRepository(OriginRecord) private readonly records: Repository<OriginRecord>,
    private readonly signals: Signals,
    private readonly broker: Broker,
    private readonly clock: Clock,
    private readonly settings: ServerSettings,
  ) {
    const fixed = new Set(settings.allowedOrigins);
    this.fixed = [...fixed].sort().map((origin) => ({ id: null, origin, source: 'environment', createdAt: null }));
    this.allowed = fixed;
  }

  async onModuleInit(): Promise<void> {
    this.signals.on('origins_changed', () => this.follow());
    this.broker.onGap(() => this.follow());
    this.stop = this.clock.every(REREAD_MS, () => this.follow());
    await this.reread();
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** Whether a browser page of this origin may come in; undefined is a client that sends none. Costs one look-up. */
  isAllowed(origin: string | undefined): boolean {
    return origin === undefined ? this.settings.allowEmptyOrigin : this.allowed.has(origin);
  }

  list(): readonly WhitelistedOrigin[] {
    return [...this.fixed, ...this.stored];
  }

  /** @throws Problem origin_exists, also when two add it at the same moment. */
  async add(origin: string): Promise<WhitelistedOrigin> {
    if (this.fixed.some((entry) => entry.origin === origin)) throw new Problem('origin_exists');
    const record = { id: storedId(), origin, createdAt: new Date(this.clock.now()) };
    try {
      await this.records.insert(record);
    } catch (error) {
      if (await this.records.existsBy({ origin })) throw new Problem('origin_exists');
      throw error;
    }
    await this.announce();
    return view(record);
  }

  /** @returns the origin that is no longer allowed. @throws Problem origin_not_found. */
  async remove(id: string): Promise<string> {
    const record = await this.records.findOneBy({ id });
    const { affected } = await this.records.delete({ id });
    if (!record || !affected) throw new Problem('origin_not_found');
    await this.announce();
    return record.origin;
  }

  private async announce(): Promise<void> {
    this.signals.emit('origins_changed', {});
    await this.latest;
  }

  private follow(): void {
    this.latest = this.reread().catch((error: unknown) => {
      this.logger.warn({ event: 'origins_not_read', error: String(error) });
    });
  }

  /** One after the other, so that an older answer never replaces a newer one. */
  private reread(): Promise<void> {
    return this.latest.then(async () => {
      this.stored = (await this.records.find({ order: { id: 'ASC' } })).map(view);
      this.allowed = new Set(this.list().map(({ origin }) => origin));
    });
  }
}

function view({ id, origin, createdAt }: OriginRecord): WhitelistedOrigin {
  return { id, origin, source: 'stored', createdAt };
}
