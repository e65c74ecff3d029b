/** The same items in the same order, in lists of `size`; the last may be shorter. */
export function* portions<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
