/** Strings, each once. A few cost an array of just their length: a set takes more than twice that. */
export type Few = readonly string[] | ReadonlySet<string>;

const MOST_IN_ARRAY = 8;

export const NONE: Few = [];

export function has(few: Few, item: string): boolean {
  return few instanceof Set ? few.has(item) : (few as readonly string[]).includes(item);
}

/** Adds an item that is not there. @returns what takes the place of `few` */
export function withItem(few: Few, item: string): Few {
  if (few instanceof Set) return few.add(item) as Few;
  const items = few as readonly string[];
  // A spread would leave room for sixteen more.
  return items.length < MOST_IN_ARRAY ? items.concat(item) : new Set(items).add(item);
}

/** @returns what takes the place of `few` */
export function withoutItem(few: Few, item: string): Few {
  if (!(few instanceof Set)) return (few as readonly string[]).filter((other) => other !== item);
  few.delete(item);
  return few as Few;
}
