/** What went wrong, in one line. */
export function reason(error: unknown): string {
  const { message = '', code } = error as Partial<NodeJS.ErrnoException>;
  return (message || code || String(error)).split('\n', 1)[0] ?? '';
}
