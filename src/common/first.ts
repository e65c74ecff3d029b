/** The first so many, without looking at the rest. */
export function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const some: Item[] = [];
  for (const item of items) {
    if (some.length === count) break;
    some.push(item);
  }
  return some;
}
