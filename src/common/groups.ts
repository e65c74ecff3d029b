/**
 * Items by a key, each once, in the order in which they came. Most groups have one member, and one costs no set.
 * Items are not sets themselves.
 */
export class Groups<Key, Item extends object | string> {
  private readonly groups = new Map<Key, Item | Set<Item>>();

  /** @returns whether it is the first of its group */
  add(key: Key, item: Item): boolean {
    const group = this.groups.get(key);
    if (group instanceof Set) group.add(item);
    else if (group === undefined) this.groups.set(key, item);
    else if (group !== item) this.groups.set(key, new Set([group, item]));
    return group === undefined;
  }

  /** @returns whether it was the last of its group */
  delete(key: Key, item: Item): boolean {
    const group = this.groups.get(key);
    if (group instanceof Set) {
      if (!group.delete(item) || group.size > 0) return false;
    } else if (group === undefined || group !== item) return false;
    return this.groups.delete(key);
  }

  /** The group, as it is or as it goes on: empty where there is none. */
  of(key: Key): Iterable<Item> {
    const group = this.groups.get(key);
    if (group === undefined) return [];
    return group instanceof Set ? group : [group];
  }

  countOf(key: Key): number {
    const group = this.groups.get(key);
    if (group === undefined) return 0;
    return group instanceof Set ? group.size : 1;
  }

  /** Takes out a whole group. */
  take(key: Key): Iterable<Item> {
    const group = this.of(key);
    this.groups.delete(key);
    return group;
  }
}
