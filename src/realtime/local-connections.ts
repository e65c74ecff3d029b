import { Groups } from '../common/groups.js';
import { type Admission, type LiveConnection } from './connection-registry.js';

const ADMITTED: Admission = { admitted: true, replaced: [] };

/** Connections that one process keeps count of itself: the oldest first. */
export class LocalConnections {
  private readonly connections = new Map<string, LiveConnection>();
  private readonly byUser = new Groups<string, LiveConnection>();
  /** Admissions under way. */
  private readonly expected = new Set<string>();

  expect(id: string): void {
    this.expected.add(id);
  }

  settle(id: string): void {
    this.expected.delete(id);
  }

  has(id: string): boolean {
    return this.connections.has(id) || this.expected.has(id);
  }

  find(id: string): LiveConnection | undefined {
    return this.connections.get(id);
  }

  all(): LiveConnection[] {
    return [...this.connections.values()];
  }

  ids(): string[] {
    return [...this.connections.keys()];
  }

  countOf(userId: string): number {
    return this.byUser.countOf(userId);
  }

  add(connection: LiveConnection): void {
    this.connections.set(connection.id, connection);
    this.byUser.add(connection.userId, connection);
  }

  remove(id: string): void {
    const connection = this.connections.get(id);
    if (!connection) return;
    this.connections.delete(id);
    this.byUser.delete(connection.userId, connection);
  }

  /** Admission by what this node alone knows. */
  admit(connection: LiveConnection, limit: number, replace: boolean): Admission {
    const count = this.countOf(connection.userId);
    if (count < limit) {
      this.add(connection);
      return ADMITTED;
    }
    if (!replace) return { admitted: false, replaced: [] };
    const replaced = [...this.byUser.of(connection.userId)].slice(0, count - limit + 1);
    for (const { id } of replaced) this.remove(id);
    this.add(connection);
    return { admitted: true, replaced };
  }
}
