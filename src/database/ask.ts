import type { DataSource } from 'typeorm';
import type { Soon } from '../common/soon.js';

/** Reads rows; undefined where it cannot be done in this way now. */
type Reader = (text: string, values: readonly unknown[]) => Soon<unknown[]> | undefined;

const readers = new WeakMap<DataSource, Reader>();

/** Says how to read from a database at less cost than by TypeORM. */
export function readBy(dataSource: DataSource, reader: Reader): void {
  readers.set(dataSource, reader);
}

/**
 * Reads rows by a statement of our own, at once where the database can: what every newcomer asks is asked in this way.
 * @param values texts and numbers
 */
export function ask<Row>(dataSource: DataSource, text: string, values: readonly unknown[]): Soon<Row[]> {
  const rows = readers.get(dataSource)?.(text, values);
  return (rows as Soon<Row[]> | undefined) ?? dataSource.query<Row[]>(text, [...values]);
}
