import { type Admission, type LiveConnection } from './connection-registry.js';

/** What this node has itself: the oldest first. */
export class LocalConnections {
  private readonly connections = new Map<string, LiveConnection>();
  private readonly byUser = new Map<string, Set<string>>();
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

  all(): LiveConnection[] {
    return [...this.connections.values()];
  }

  ids(): string[] {
    return [...this.connections.keys()];
  }

  countOf(userId: string): number {
    return this.byUser.get(userId)?.size ?? 0;
  }

  add(connection: LiveConnection): void {
    this.connections.set(connection.id, connection);
    const siblings = this.byUser.get(connection.userId);
    if (siblings) siblings.add(connection.id);
    else this.byUser.set(connection.userId, new Set([connection.id]));
  }

  remove(id: string): void {
    const connection = this.connections.get(id);
    if (!connection) return;
    this.connections.delete(id);
    const siblings = this.byUser.get(connection.userId);
    siblings?.delete(id);
    if (siblings?.size === 0) this.byUser.delete(connection.userId);
  }

  /** Admission by what this node alone knows. */
  admit(connection: LiveConnection, limit: number, replace: boolean): Admission {
    const own = [...(this.byUser.get(connection.userId) ?? [])].flatMap((id) => this.connections.get(id) ?? []);
    if (own.length >= limit && !replace) return { admitted: false, replaced: [] };
    const replaced = own.slice(0, Math.max(0, own.length - limit + 1));
    for (const { id } of replaced) this.remove(id);
    this.add(connection);
    return { admitted: true, replaced };
  }
}
