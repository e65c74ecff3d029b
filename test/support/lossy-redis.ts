import { onTestFinished } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { RedisOutage } from '../../src/redis/outage.js';
import { Redis } from '../../src/redis/redis.js';
import type { Script } from '../../src/redis/script.js';
import type { Namespace } from './redis.js';

/** A real Redis behind a network that loses what a test wants lost: whole calls, or answers to calls that were carried out. */
export class LossyRedis extends Redis {
  /** Nothing gets there. */
  isAway = false;
  /** The most scripts that were under way at a time. */
  most = 0;
  /** How many times which script was sent. */
  readonly sent = new Map<Script, number>();
  private underWay = 0;
  private readonly losing: Script[] = [];

  /** Another node's connections in a namespace, closed with the test. @param time Lua that defines `clock()` */
  static async in({ url, prefix }: Namespace, time?: string): Promise<LossyRedis> {
    const redis = new LossyRedis({ urls: [url], prefix, ...(time && { time }) }, new SystemClock());
    onTestFinished(() => redis.onApplicationShutdown());
    await redis.open();
    return redis;
  }

  /** The next call of the script is carried out, and its answer lost. */
  loseAnswer(script: Script): void {
    this.losing.push(script);
  }

  /** From now on it loses nothing. */
  heal(): void {
    this.isAway = false;
    this.losing.length = 0;
  }

  /** Whether all that was to be lost is lost. */
  get hasLost(): boolean {
    return this.losing.length === 0;
  }

  override async eval<Answer>(...call: Parameters<Redis['eval']>): Promise<never> {
    const [script] = call;
    if (this.isAway) throw new RedisOutage('away');
    this.sent.set(script, (this.sent.get(script) ?? 0) + 1);
    this.most = Math.max(this.most, (this.underWay += 1));
    try {
      const answer = (await super.eval(...call)) as Answer;
      const index = this.losing.indexOf(script);
      if (index < 0) return answer as never;
      this.losing.splice(index, 1);
    } finally {
      this.underWay -= 1;
    }
    throw new RedisOutage('the answer was lost');
  }
}
