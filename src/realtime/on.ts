import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { ClientMessage, DataOf, ReplyOf } from '../protocol/index.js';
import type { Connection } from './connection.js';
import { WsJwtGuard } from './ws-jwt.guard.js';
import { WsThrottlerGuard } from './ws-throttler.guard.js';

/** Under which a method carries the entry it handles. */
export const ENTRY = 'hadir:entry';

type Handler<Entry extends ClientMessage> = (
  connection: Connection,
  data: DataOf<Entry>,
) => ReplyOf<Entry> | Promise<ReplyOf<Entry>>;

/** What a gateway must implement for a page of the protocol: a missing or wrong handler does not compile. */
export type Handles<Page extends Record<string, ClientMessage>> = { [Key in keyof Page]: Handler<Page[Key]> };

/** A class whose `@On` methods handle messages of /ws, behind the JWT guard and the throttler, in this order. */
export function Gateway(): ClassDecorator {
  return applyDecorators(WebSocketGateway({ path: '/ws' }), UseGuards(WsJwtGuard, WsThrottlerGuard));
}

/** Routes an entry of the protocol to this method: (connection, data), the data checked against the entry's schema. */
export function On<Entry extends ClientMessage>(entry: Entry) {
  return <Method extends Handler<Entry>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    SetMetadata(ENTRY, entry)(target, key, descriptor);
    SubscribeMessage(entry.type)(target, key, descriptor);
  };
}
