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
  /** In the order of expiring. */
  private readonly typists = new Set<Typist>();
  /** User → topic. */
  private readonly byUser = new Map<string, Map<string, Typist>>();

  find(userId: string, topic: string): Typist | undefined {
    return this.byUser.get(userId)?.get(topic);
  }

  put(typist: Typist): void {
    const { userId, topic } = typist;
    this.remove(typist);
    this.typists.add(typist);
    const theirs = this.byUser.get(userId);
    if (theirs) theirs.set(topic, typist);
    else this.byUser.set(userId, new Map([[topic, typist]]));
  }

  remove({ userId, topic }: Typist): void {
    const theirs = this.byUser.get(userId);
    const known = theirs?.get(topic);
    if (!theirs || !known) return;
    this.typists.delete(known);
    theirs.delete(topic);
    if (theirs.size === 0) this.byUser.delete(userId);
  }

  ofUser(userId: string): Typist[] {
    return [...(this.byUser.get(userId)?.values() ?? [])];
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
