import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Broker, type Receive } from './broker.js';
import { MemoryBackend } from './memory-backend.js';

type Followers = Map<MemoryBroker, Set<Receive>>;

/** Nodes of one process, joined by the MemoryBackend they share. */
@Injectable()
export class MemoryBroker extends Broker implements OnApplicationShutdown {
  private readonly topics: Map<string, Followers>;
  private readonly followed = new Set<string>();

  constructor(backend: MemoryBackend) {
    super();
    this.topics = backend.shared('broker', () => new Map<string, Followers>());
  }

  publish(topics: readonly string[], payload: string): void {
    const receivers = new Set<Receive>();
    for (const topic of topics) {
      for (const [node, receives] of this.topics.get(topic) ?? []) {
        if (node !== this) for (const receive of receives) receivers.add(receive);
      }
    }
    for (const receive of receivers) setImmediate(receive, payload);
  }

  async follow(topic: string, receive: Receive): Promise<void> {
    const followers = this.topics.get(topic) ?? new Map<MemoryBroker, Set<Receive>>();
    this.topics.set(topic, followers.set(this, (followers.get(this) ?? new Set()).add(receive)));
    this.followed.add(topic);
  }

  async unfollow(topic: string, receive: Receive): Promise<void> {
    const followers = this.topics.get(topic);
    const own = followers?.get(this);
    own?.delete(receive);
    if (own?.size === 0) this.forget(topic);
  }

  /** Nothing is lost between nodes of one process. */
  onGap(): void {}

  onApplicationShutdown(): void {
    for (const topic of this.followed) this.forget(topic);
  }

  private forget(topic: string): void {
    const followers = this.topics.get(topic);
    followers?.delete(this);
    if (followers?.size === 0) this.topics.delete(topic);
    this.followed.delete(topic);
  }
}
