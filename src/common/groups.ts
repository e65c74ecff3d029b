/** Two items and more, and the key that they share. */
class Group<Key, Item> extends Set<Item> {
  constructor(
    readonly key: Key,
    items: readonly Item[],
  ) {
    super(items);
  }
}

/**
 * Items by a key, each once, in the order in which they came. Most groups have one member, and one costs no set.
 * Items are not sets themselves.
 */
export class Groups<Key, Item extends object | string> {
  private readonly groups = new Map<Key, Item | Group<Key, Item>>();

  /** @returns whether it is the first of its group */
  add(key: Key, item: Item): boolean {
    const group = this.groups.get(key);
    if (group instanceof Group) group.add(item);
    else if (group === undefined) this.groups.set(key, item);
    else if (group !== item) this.groups.set(key, new Group(key, [group, item]));
    return group === undefined;
  }

  /** @returns whether it was the last of its group */
  delete(key: Key, item: Item): boolean {
    const group = this.groups.get(key);
    if (group instanceof Group) {
      if (!group.delete(item) || group.size > 0) return false;
    } else if (group === undefined || group !== item) return false;
    return this.groups.delete(key);
  }

  /** The group, as it is or as it goes on: empty where there is none. */
  of(key: Key): Iterable<Item> {
    const group = this.groups.get(key);
    if (group === undefined) return [];
    return group instanceof Group ? group : [group];
  }

  /** Calls back for each that `of` would give: for what is done by the thousand, at less than that costs. */
  each(key: Key, visit: (item: Item) => unknown): void {
    const group = this.groups.get(key);
    if (group instanceof Group) for (const item of group) visit(item);
    else if (group !== undefined) visit(group);
  }

  /** Whether one of these groups, as they are now, has an item: to be asked of many items. */
  isInAnyOf(keys: readonly Key[]): (item: Item) => boolean {
    const groups = keys.map((key) => this.groups.get(key));
    return (item) => groups.some((group) => (group instanceof Group ? group.has(item) : group === item));
  }

  /** The same key, as a group of several has it: whoever keeps this one shares it with the others. */
  shared(key: Key): Key {
    const group = this.groups.get(key);
    return group instanceof Group ? group.key : key;
  }

  countOf(key: Key): number {
    const group = this.groups.get(key);
    if (group === undefined) return 0;
    return group instanceof Group ? group.size : 1;
  }

  /** Takes out a whole group. */
  take(key: Key): Iterable<Item> {
    const group = this.of(key);
    this.groups.delete(key);
    return group;
  }
}
