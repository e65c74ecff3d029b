import { Injectable } from '@nestjs/common';
import { MemoryBackend } from '../cluster/memory-backend.js';
import { type Admission, ConnectionRegistry, type LiveConnection } from './connection-registry.js';

type ById = Map<string, LiveConnection>;

@Injectable()
export class MemoryConnectionRegistry extends ConnectionRegistry {
  private readonly byUser: Map<string, ById>;

  constructor(backend: MemoryBackend) {
    super();
    this.byUser = backend.shared('connection-registry', () => new Map<string, ById>());
  }

  async admit(connection: LiveConnection, limit: number, replace: boolean): Promise<Admission> {
    const own = this.byUser.get(connection.userId) ?? new Map<string, LiveConnection>();
    const replaced: LiveConnection[] = [];
    if (own.size >= limit && !replace) return { admitted: false, replaced };
    for (const oldest of own.values()) {
      if (own.size < limit) break;
      own.delete(oldest.id);
      replaced.push(oldest);
    }
    this.byUser.set(connection.userId, own.set(connection.id, connection));
    return { admitted: true, replaced };
  }

  async release({ id, userId }: Pick<LiveConnection, 'id' | 'userId'>): Promise<void> {
    const own = this.byUser.get(userId);
    own?.delete(id);
    if (own?.size === 0) this.byUser.delete(userId);
  }

  async countOf(userId: string): Promise<number> {
    return this.byUser.get(userId)?.size ?? 0;
  }

  async list(after: string | null, limit: number): Promise<LiveConnection[]> {
    const rest = this.all().filter(({ id }) => after === null || id > after);
    return rest.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async find(id: string): Promise<LiveConnection | undefined> {
    return this.all().find((connection) => connection.id === id);
  }

  private all(): LiveConnection[] {
    return [...this.byUser.values()].flatMap((own) => [...own.values()]);
  }
}
