import { iso } from '../common/clock.js';

/* What a query written by hand needs, where TypeORM would take longer to write it than the database to answer it. */

/** A time as every database we know compares it with a datetime column. @param at ms since the epoch */
export function toDatetime(at: number): string {
  return iso(at).slice(0, -1).replace('T', ' ');
}

/** A datetime column as a driver hands it over: SQLite as text, MySQL as a Date. @returns ms since the epoch */
export function fromDatetime(value: string | Date | null): number | null {
  if (value === null) return null;
  return typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}Z`) : value.getTime();
}

/** Placeholders for a list of so many values. */
export function placeholders({ length }: readonly unknown[]): string {
  return Array.from({ length }, () => '?').join(', ');
}
