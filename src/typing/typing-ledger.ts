/** Somebody typing somewhere. Times are ms since the epoch by this node's clock. */
export interface Typist {
  readonly userId: string;
  readonly roomId: string;
  readonly topic: string;
  /** The connection of this node that said so last; undefined: one of another node did, and that node will end it. */
  readonly connectionId: string | undefined;
  /** Grows with every start of the user in the room, on whichever node: the later start holds everywhere. */
  readonly turn: number;
  /** When others were last told. */
  readonly announcedAt: number;
  readonly expiresAt: number;
}

/** Who types where. As every start lasts equally long, the order of starting is the order of expiring. */
export class TypingLedger {
  private readonly typists = new Map<string, Typist>();

  find(userId: string, topic: string): Typist | undefined {
    return this.typists.get(key(userId, topic));
  }

  put(typist: Typist): void {
    this.remove(typist);
    this.typists.set(key(typist.userId, typist.topic), typist);
  }

  remove({ userId, topic }: Typist): void {
    this.typists.delete(key(userId, topic));
  }

  ofUser(userId: string): Typist[] {
    return [...this.typists.values()].filter((typist) => typist.userId === userId);
  }

  /** When the next one expires; undefined: nobody types. */
  next(): number | undefined {
    return this.first()?.expiresAt;
  }

  /** Takes out those who have expired. */
  takeExpired(now: number): Typist[] {
    const expired: Typist[] = [];
    for (let typist = this.first(); typist && typist.expiresAt <= now; typist = this.first()) {
      this.remove(typist);
      expired.push(typist);
    }
    return expired;
  }

  private first(): Typist | undefined {
    return this.typists.values().next().value;
  }
}

function key(userId: string, topic: string): string {
  return `${userId} ${topic}`;
}
