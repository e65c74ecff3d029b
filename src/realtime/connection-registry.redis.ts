import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { type Cancel, Clock } from '../common/clock.js';
import { portions } from '../common/portions.js';
import { ClusterSettings } from '../config/settings.js';
import { RedisOutage } from '../redis/outage.js';
import { Redis } from '../redis/redis.js';
import type { Script } from '../redis/script.js';
import { type Admission, ConnectionRegistry, type LiveConnection } from './connection-registry.js';
import { ADMIT, RELEASE, RENEW, REPLACED, RESTORE, SWEEP } from './connection-scripts.js';
import { LocalConnections } from './local-connections.js';

const RENEWALS_PER_LEASE = 5;
/** Connections per script, so that none keeps Redis from others for long. */
const BATCH = 200;

/**
 * Every node keeps its own connections too: they admit while Redis is away, and make good what Redis has lost or
 * missed as soon as it is back.
 */
@Injectable()
export class RedisConnectionRegistry
  extends ConnectionRegistry
  implements OnApplicationBootstrap, OnApplicationShutdown
{
  private readonly logger = new Logger(ConnectionRegistry.name);
  private readonly local = new LocalConnections();
  private readonly listeners: ((connectionId: string) => void)[] = [];
  /** Redis may know another set of this node's connections than the node has. */
  private isUncertain = false;
  private beating: Promise<void> | undefined;
  private stopBeat: Cancel = () => undefined;

  constructor(
    private readonly redis: Redis,
    private readonly node: NodeIdentity,
    private readonly clock: Clock,
    private readonly settings: ClusterSettings,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
    this.stopBeat = this.clock.every(this.settings.nodeLeaseMs / RENEWALS_PER_LEASE, () => void this.beat());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopBeat();
    await this.beating;
    const ids = this.local.ids();
    try {
      for (const some of portions(ids, BATCH)) await this.forget(some);
      await this.redis.send('ZREM', this.keys.leases, this.node.id);
      await this.redis.send('DEL', this.replacedKey);
    } catch (error) {
      // Other nodes sweep what is left here when the lease has run out.
      this.logger.warn({ event: 'departure_left_to_the_lease', error: String(error) });
    }
  }

  async admit(connection: LiveConnection, limit: number, replace: boolean): Promise<Admission> {
    const locally = () => this.local.admit(connection, limit, replace);
    const { id, userId, nodeId } = connection;
    // Known here before it is known there: what is there and not here is a leftover.
    this.local.expect(id);
    try {
      const args = [id, JSON.stringify(connection), limit, replace ? 1 : 0, this.keys.byUser, this.keys.byNode];
      const [admitted, replaced] = await this.eval<[number, string[]]>(ADMIT, args, userId, nodeId);
      if (admitted === 1) this.local.add(connection);
      return { admitted: admitted === 1, replaced: replaced.map(read) };
    } catch (error) {
      this.doubt(error);
      return locally();
    } finally {
      this.local.settle(id);
    }
  }

  onReplaced(listener: (connectionId: string) => void): void {
    this.listeners.push(listener);
  }

  async release({ id }: Pick<LiveConnection, 'id' | 'userId'>): Promise<void> {
    this.local.remove(id);
    try {
      await this.forget([id]);
    } catch (error) {
      this.doubt(error);
    }
  }

  countOf(userId: string): Promise<number> {
    return this.redis.send<number>('ZCARD', this.keys.ofUser(userId)).catch((error: unknown) => {
      this.doubt(error);
      return this.local.countOf(userId);
    });
  }

  async list(after: string | null, limit: number): Promise<LiveConnection[]> {
    const from = after === null ? '-' : `(${after}`;
    const ids = await this.redis.send<string[]>('ZRANGE', this.keys.ids, from, '+', 'BYLEX', 'LIMIT', 0, limit);
    if (ids.length === 0) return [];
    const entries = await this.redis.send<(string | null)[]>('HMGET', this.keys.entries, ...ids);
    return entries.flatMap((entry) => (entry === null ? [] : [read(entry)]));
  }

  async find(id: string): Promise<LiveConnection | undefined> {
    const entry = await this.redis.send<string | null>('HGET', this.keys.entries, id);
    return entry === null ? undefined : read(entry);
  }

  /** Says that this node lives, sets right what may be wrong, and clears away what dead nodes have left. */
  private async beat(): Promise<void> {
    this.beating ??= this.renew()
      .catch((error: unknown) => this.doubt(error))
      .finally(() => (this.beating = undefined));
    await this.beating;
  }

  private async renew(): Promise<void> {
    const lease = this.settings.nodeLeaseMs;
    const [lapsed, dead, replaced] = await this.eval<[number, string[], string[]]>(RENEW, [this.node.id, lease]);
    if (replaced.length > 0) await this.giveUp(replaced);
    if (lapsed === 1 || this.isUncertain) await this.setRight();
    for (const node of dead) {
      const args = [this.keys.byUser, this.keys.byNode, node, lease, BATCH];
      let left = 1;
      while (left > 0) left = await this.eval<number>(SWEEP, args, '', node);
    }
  }

  /** Before anything is set right: what is given up must not be put back. */
  private async giveUp(replaced: readonly string[]): Promise<void> {
    const left = replaced.filter((id) => this.local.has(id));
    for (const id of left) for (const listener of this.listeners) listener(id);
    await this.redis.send('SREM', this.replacedKey, ...replaced);
  }

  private async setRight(): Promise<void> {
    this.isUncertain = false;
    const known = new Set(await this.redis.send<string[]>('SMEMBERS', this.keys.ofNode(this.node.id)));
    const leftover = [...known].filter((id) => !this.local.has(id));
    for (const some of portions(leftover, BATCH)) await this.forget(some);
    const lost = this.local.all().filter(({ id }) => !known.has(id));
    for (const some of portions(lost, BATCH)) {
      const entries = some.flatMap((connection) => [connection.id, JSON.stringify(connection)]);
      await this.eval(RESTORE, [this.keys.byUser, this.keys.byNode, ...entries]);
    }
    // Those that closed meanwhile have been put back.
    const gone = lost.filter(({ id }) => !this.local.has(id)).map(({ id }) => id);
    if (gone.length > 0) await this.forget(gone);
  }

  private forget(ids: readonly string[]): Promise<number> {
    return this.eval<number>(RELEASE, [this.keys.byUser, this.keys.byNode, ...ids]);
  }

  private eval<Answer extends number | [number, string[], ...string[][]]>(
    script: Script,
    args: readonly (string | number)[],
    userId = '',
    nodeId = this.node.id,
  ): Promise<Answer> {
    const { entries, ids, leases } = this.keys;
    const keys = [entries, ids, leases, this.keys.ofNode(nodeId), this.keys.ofUser(userId)];
    return this.redis.eval<Answer>(script, keys, args);
  }

  private get keys() {
    return this.redis.keys.connections;
  }

  private get replacedKey(): string {
    return this.keys.ofNode(this.node.id) + REPLACED;
  }

  private doubt(error: unknown): void {
    if (!(error instanceof RedisOutage)) throw error;
    if (!this.isUncertain) this.logger.warn({ event: 'registry_uncertain', reason: error.reason });
    this.isUncertain = true;
  }
}

function read(entry: string): LiveConnection {
  return JSON.parse(entry) as LiveConnection;
}
