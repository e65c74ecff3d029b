import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Groups } from '../common/groups.js';
import type { Soon } from '../common/soon.js';
import { Broker, type Receive } from './broker.js';
import { MemoryBackend } from './memory-backend.js';

/** Nodes of one process, joined by the MemoryBackend they share. */
@Injectable()
export class MemoryBroker extends Broker implements OnApplicationShutdown {
  readonly isDeaf = false;
  private readonly nodes: Set<MemoryBroker>;
  private readonly followers = new Groups<string, Receive>();

  constructor(backend: MemoryBackend) {
    super();
    this.nodes = backend.shared('broker', () => new Set<MemoryBroker>());
    this.nodes.add(this);
  }

  publish(topics: readonly string[], payload: string): void {
    if (this.nodes.size === 1) return;
    for (const node of this.nodes) if (node !== this) node.hear(topics, payload);
  }

  follow(topic: string, receive: Receive): Soon<void> {
    this.followers.add(topic, receive);
  }

  unfollow(topic: string, receive: Receive): Soon<void> {
    this.followers.delete(topic, receive);
  }

  /** Nothing is lost between nodes of one process. */
  onGap(): void {}

  onApplicationShutdown(): void {
    this.nodes.delete(this);
  }

  private hear(topics: readonly string[], payload: string): void {
    const receivers = new Set(topics.flatMap((topic) => [...this.followers.of(topic)]));
    for (const receive of receivers) setImmediate(receive, payload);
  }
}
