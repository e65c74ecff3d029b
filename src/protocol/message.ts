import type { z } from 'zod';

/** A message a client may send. One entry is the whole truth about it: routing, validation, types and docs follow from here. */
export interface ClientMessage<
  Type extends string = string,
  Data extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly sender: 'client';
  readonly type: Type;
  /** One line for the docs: what the message does. */
  readonly summary: string;
  readonly data: Data;
  /** The shape of the answer's `data`. */
  readonly reply: Reply;
  /** The answer's type. `ack` comes back only to a request with an `id`; any other type always comes back. */
  readonly replyType: string;
}

/** A message the server sends by itself. */
export interface ServerMessage<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  readonly sender: 'server';
  readonly type: Type;
  /** One line for the docs: when it is sent, and to whom. */
  readonly summary: string;
  readonly data: Data;
  /** Fields that name what the message is about: while a slow socket waits, only the newest of each is kept. */
  readonly newestPer?: readonly string[];
}

export type DataOf<Entry extends { data: z.ZodType }> = z.output<Entry['data']>;
export type ReplyOf<Entry extends { reply: z.ZodType }> = z.input<Entry['reply']>;

export function clientMessage<Type extends string, Data extends z.ZodType, Reply extends z.ZodType>(
  entry: Omit<ClientMessage<Type, Data, Reply>, 'sender' | 'replyType'> & { replyType?: string },
): ClientMessage<Type, Data, Reply> {
  return Object.freeze({ replyType: 'ack', ...entry, sender: 'client' });
}

export function serverMessage<Type extends string, Data extends z.ZodType>(
  entry: Omit<ServerMessage<Type, Data>, 'sender'>,
): ServerMessage<Type, Data> {
  return Object.freeze({ ...entry, sender: 'server' });
}
