const middle = (values: readonly number[]) => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

/**
 * How fast something grows, by Theil and Sen: the median of the slopes between all pairs of points. Single peaks, such
 * as garbage not collected yet, do not move it.
 */
export function growth(points: readonly { readonly at: number; readonly value: number }[]): number {
  const slopes = points.flatMap(({ at, value }, index) =>
    points.slice(index + 1).map((later) => (later.value - value) / (later.at - at)),
  );
  return middle(slopes);
}
