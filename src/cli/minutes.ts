/** A time as operators read it. */
export function minutes(ms: number): string {
  return `${Math.ceil(ms / 60_000)} min`;
}
