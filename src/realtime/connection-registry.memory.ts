import { Injectable } from '@nestjs/common';
import type { Soon } from '../common/soon.js';
import { MemoryBackend } from '../cluster/memory-backend.js';
import { type Admission, ConnectionRegistry, type LiveConnection } from './connection-registry.js';
import { LocalConnections } from './local-connections.js';

@Injectable()
export class MemoryConnectionRegistry extends ConnectionRegistry {
  private readonly connections: LocalConnections;

  constructor(backend: MemoryBackend) {
    super();
    this.connections = backend.shared('connection-registry', () => new LocalConnections());
  }

  admit(connection: LiveConnection, limit: number, replace: boolean): Soon<Admission> {
    return this.connections.admit(connection, limit, replace);
  }

  release({ id }: Pick<LiveConnection, 'id' | 'userId'>): Soon<void> {
    this.connections.remove(id);
  }

  /** Within one process everybody is reached. */
  onReplaced(): void {}

  async countOf(userId: string): Promise<number> {
    return this.connections.countOf(userId);
  }

  async list(after: string | null, limit: number): Promise<LiveConnection[]> {
    const rest = this.connections.all().filter(({ id }) => after === null || id > after);
    return rest.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async find(id: string): Promise<LiveConnection | undefined> {
    return this.connections.find(id);
  }
}
