type Entry = readonly [at: number, key: string];

/** One deadline per key, the earliest first. A binary heap in which replaced deadlines stay until they surface or outnumber the rest. */
export class DeadlineQueue {
  private heap: Entry[] = [];
  private readonly current = new Map<string, number>();

  get size(): number {
    return this.current.size;
  }

  /** @param at ms since the epoch; null: the key has no deadline any more */
  set(key: string, at: number | null): void {
    if (at === null) {
      this.current.delete(key);
      return;
    }
    if (this.current.get(key) === at) return;
    this.current.set(key, at);
    this.push([at, key]);
    if (this.heap.length > 2 * this.current.size + 64) this.compact();
  }

  /** The earliest deadline, or null. */
  next(): number | null {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (this.current.get(top[1]) === top[0]) return top[0];
      this.dropTop();
    }
    return null;
  }

  /** Takes out the key of the earliest deadline that has passed. */
  take(now: number): string | undefined {
    const at = this.next();
    const top = this.heap[0];
    if (at === null || at > now || !top) return undefined;
    this.dropTop();
    this.current.delete(top[1]);
    return top[1];
  }

  private push(entry: Entry): void {
    let index = this.heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.at(parent) <= entry[0]) break;
      this.swap(index, parent);
      index = parent;
    }
  }

  private dropTop(): void {
    const last = this.heap.pop();
    if (this.heap.length === 0 || !last) return;
    this.heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const child = this.at(left + 1) < this.at(left) ? left + 1 : left;
      if (this.at(child) >= last[0]) return;
      this.swap(index, child);
      index = child;
    }
  }

  private compact(): void {
    this.heap = Array.from(this.current, ([key, at]): Entry => [at, key]).sort((a, b) => a[0] - b[0]);
  }

  private at(index: number): number {
    return this.heap[index]?.[0] ?? Infinity;
  }

  private swap(a: number, b: number): void {
    const [first, second] = [this.heap[a], this.heap[b]];
    if (!first || !second) return;
    this.heap[a] = second;
    this.heap[b] = first;
  }
}
