/** What one look at an installation found. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it. */
  readonly todo?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });
export const warn = (check: string, found: string, todo: string): Finding => ({ check, level: 'warn', found, todo });
export const fail = (check: string, found: string, todo: string): Finding => ({ check, level: 'fail', found, todo });

/** What went wrong, in one line. */
export function reason(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return (message || code || String(error)).split('\n', 1)[0] ?? '';
}
