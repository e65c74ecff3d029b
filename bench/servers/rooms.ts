/** Who is in which room of this process. */
export class Rooms<Socket> {
  private readonly members = new Map<string, Set<Socket>>();

  join(socket: Socket, rooms: readonly string[]): void {
    for (const room of rooms) {
      const members = this.members.get(room);
      if (members) members.add(socket);
      else this.members.set(room, new Set([socket]));
    }
  }

  leave(socket: Socket, rooms: readonly string[]): void {
    for (const room of rooms) this.members.get(room)?.delete(socket);
  }

  of(room: string): Iterable<Socket> {
    return this.members.get(room) ?? [];
  }
}
