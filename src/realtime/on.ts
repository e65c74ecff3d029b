import type { ClientMessage, DataOf, ReplyOf } from '../protocol/index.js';
import type { Connection } from './connection.js';

type Handler<Entry extends ClientMessage> = (
  connection: Connection,
  data: DataOf<Entry>,
) => ReplyOf<Entry> | Promise<ReplyOf<Entry>>;

/** What a gateway must implement for a page of the protocol: a missing or wrong handler does not compile. */
export type Handles<Page extends Record<string, ClientMessage>> = { [Key in keyof Page]: Handler<Page[Key]> };
