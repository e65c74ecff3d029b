import type { OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { Keys } from './keys.js';
import { Link } from './link.js';
import { type Script, SERVER_TIME } from './script.js';
import type { Reply, Server } from './server.js';

export interface RedisOptions {
  /**
   * Of one server, or of several of one cluster.
   * undefined: this node does without, and whoever asks for an answer makes a mistake.
   */
  readonly urls: readonly string[] | undefined;
  readonly prefix: string;
  /** Lua that defines `clock()`. */
  readonly time?: string;
}

/** How long a node that starts waits for Redis, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Redis, as the adapters see it: commands on one connection, subscriptions on another. A call that Redis does not answer
 * within two seconds fails with a RedisOutage, and so does every call, at once, while Redis is known to be away.
 */
export class Redis implements OnApplicationShutdown {
  readonly keys: Keys;
  readonly commands: Link;
  readonly subscriptions: Link;
  private readonly urls: readonly string[] | undefined;
  private readonly time: string;

  constructor({ urls, prefix, time = SERVER_TIME }: RedisOptions, clock: Clock) {
    this.urls = urls;
    this.time = time;
    this.keys = new Keys(prefix);
    this.commands = new Link('commands', urls ?? [], clock);
    this.subscriptions = new Link('subscriptions', urls ?? [], clock);
  }

  /** Whether Redis is needed and away. */
  get isDown(): boolean {
    return this.urls !== undefined && !(this.commands.isUp && this.subscriptions.isUp);
  }

  /** @throws RedisOutage when Redis does not answer for ten seconds. */
  async open(): Promise<void> {
    if (this.urls === undefined) return;
    try {
      await Promise.all([this.commands.open(PATIENCE_MS), this.subscriptions.open(PATIENCE_MS)]);
    } catch (error) {
      this.onApplicationShutdown();
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.commands.close();
    this.subscriptions.close();
  }

  /** Sends one command about one key. @throws RedisOutage */
  send<Answer extends Reply>(name: string, key: string, ...args: (string | number)[]): Promise<Answer> {
    const command = [name, key, ...args.map(String)];
    return this.commands.run((server) => server.send(key, command) as Promise<Answer>);
  }

  /** Runs a script, which is atomic. @param keys of one hash tag @throws RedisOutage */
  eval<Answer extends Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Answer> {
    return this.commands.run((server) => this.evalOn(server, script, keys, args.map(String)) as Promise<Answer>);
  }

  private async evalOn(
    server: Server,
    script: Script,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<Reply> {
    const { text, sha } = script.with(this.time);
    const rest = [String(keys.length), ...keys, ...args];
    const [key = ''] = keys;
    try {
      return await server.send(key, ['EVALSHA', sha, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return server.send(key, ['EVAL', text, ...rest]);
    }
  }
}
