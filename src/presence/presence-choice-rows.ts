import type { DataSource } from 'typeorm';
import { fromDatetime, placeholders, toDatetime } from '../database/raw.js';
import type { Choice, Remembered } from './presence-state.js';

const LOAD = `
  SELECT user_id AS userId, status, expires_at AS expiresAt, version, last_seen_at AS lastSeenAt, revision
  FROM presence_choices WHERE user_id IN `;

/** The last one decides about the others. */
const REPLACED = ['status', 'expires_at', 'version', 'last_seen_at', 'revision'];
const COLUMNS = ['user_id', ...REPLACED];
const SAVE = `INSERT INTO presence_choices (${COLUMNS.join(', ')}) VALUES `;
const ON_SQLITE = `
  ON CONFLICT (user_id) DO UPDATE SET ${set((column) => `excluded.${column}`)}
  WHERE excluded.revision >= presence_choices.revision`;
/** Assigned from left to right: the revision is compared for all the others before it is assigned itself. */
const ON_MYSQL = `
  ON DUPLICATE KEY UPDATE ${set((column) => `IF(VALUES(revision) >= revision, VALUES(${column}), ${column})`)}`;

/** A record as a driver hands it over. */
interface Row {
  readonly userId: string;
  readonly status: Choice['status'] | null;
  readonly expiresAt: string | Date | null;
  readonly version: number | string;
  readonly lastSeenAt: string | Date | null;
  readonly revision: number | string;
}

/** What is stored of these users; who is not in the answer has nothing stored. */
export async function loadRows(dataSource: DataSource, userIds: readonly string[]): Promise<Map<string, Remembered>> {
  const rows = await dataSource.query<Row[]>(LOAD + `(${placeholders(userIds)})`, [...userIds]);
  return new Map(rows.map((row) => [row.userId, fromRow(row)]));
}

/** Stores what is not older than what is stored. */
export async function saveRows(dataSource: DataSource, records: readonly [string, Remembered][]): Promise<void> {
  const rows = records.map(() => `(${placeholders(COLUMNS)})`).join(', ');
  const values = records.flatMap(([userId, record]) => [userId, ...toValues(record)]);
  const onConflict = dataSource.options.type === 'better-sqlite3' ? ON_SQLITE : ON_MYSQL;
  await dataSource.query(SAVE + rows + onConflict, values);
}

function set(value: (column: string) => string): string {
  return REPLACED.map((column) => `${column} = ${value(column)}`).join(', ');
}

function fromRow({ status, expiresAt, version, lastSeenAt, revision }: Row): Remembered {
  const choice = status && { status, expiresAt: fromDatetime(expiresAt) };
  return { choice, version: Number(version), lastSeenAt: fromDatetime(lastSeenAt), revision: Number(revision) };
}

/** In the order of REPLACED. */
function toValues({ choice, version, lastSeenAt, revision }: Remembered): (string | number | null)[] {
  return [choice?.status ?? null, instant(choice?.expiresAt), version, instant(lastSeenAt), revision];
}

function instant(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : toDatetime(at);
}
