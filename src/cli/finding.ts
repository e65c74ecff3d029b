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
