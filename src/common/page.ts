import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Problem } from './problem.js';

/** What a client asks of a list. */
export class PageQuery {
  /** How many items, 1–100. */
  @IsOptional()
  @Type(() => Number)
  @Max(100)
  @Min(1)
  @IsInt()
  limit = 50;

  /** Where the page before ended: its next_cursor. */
  @IsOptional()
  @MaxLength(512)
  @IsString()
  cursor?: string;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Where the next page begins; null on the last one. */
  readonly next_cursor: string | null;
}

/** The key after which a page begins, as `page` put it into the cursor; undefined on the first page. */
export function cursorKey({ cursor }: PageQuery): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (key !== '' && encode(key) === cursor) return key;
  throw new Problem('validation_failed', { details: [{ field: 'cursor', message: 'is not a cursor of this list' }] });
}

/**
 * Cuts a page out of rows that are sorted by a unique key.
 * @param rows one more than `limit` where there is more to come
 */
export function page<Row, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  key: (row: Row) => string,
  view: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), next_cursor: rows.length > limit && last !== undefined ? encode(key(last)) : null };
}

function encode(key: string): string {
  return Buffer.from(key).toString('base64url');
}
