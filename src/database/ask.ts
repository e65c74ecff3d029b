import type { DataSource } from 'typeorm';
import type { Soon } from '../common/soon.js';

/** Reads rows in this turn; undefined where that cannot be done. */
type Reader = (text: string, values: readonly unknown[]) => unknown[] | undefined;

const readers = new WeakMap<DataSource, Reader>();

/** Says how to read from a database that lies in this process. */
export function readAtOnceBy(dataSource: DataSource, reader: Reader): void {
  readers.set(dataSource, reader);
}

/** Reads rows by a statement of our own, at once where the database can: what every newcomer asks is asked in this way. */
export function ask<Row>(dataSource: DataSource, text: string, values: readonly unknown[]): Soon<Row[]> {
  const rows = readers.get(dataSource)?.(text, values);
  return (rows as Row[] | undefined) ?? dataSource.query<Row[]>(text, [...values]);
}
