import { applyDecorators, type PipeTransform, UseFilters, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Problem } from '../common/problem.js';
import type { ClientMessage, DataOf, ReplyOf } from '../protocol/index.js';
import type { Connection } from './connection.js';
import { ProblemWsFilter } from './problem.ws-filter.js';
import { details } from './validation.js';
import { WsJwtGuard } from './ws-jwt.guard.js';
import { WsThrottlerGuard } from './ws-throttler.guard.js';

type Handler<Entry extends ClientMessage> = (
  connection: Connection,
  data: DataOf<Entry>,
) => ReplyOf<Entry> | Promise<ReplyOf<Entry>>;

/** What a gateway must implement for a page of the protocol: a missing or wrong handler does not compile. */
export type Handles<Page extends Record<string, ClientMessage>> = { [Key in keyof Page]: Handler<Page[Key]> };

/** A class whose `@On` methods handle messages of /ws, behind the JWT guard and the throttler, in this order. */
export function Gateway(): ClassDecorator {
  return applyDecorators(
    WebSocketGateway({ path: '/ws' }),
    UseGuards(WsJwtGuard, WsThrottlerGuard),
    UseFilters(ProblemWsFilter),
  );
}

/** Routes an entry of the protocol to this method: (connection, data) with data checked against the entry's schema. */
export function On<Entry extends ClientMessage>(entry: Entry) {
  return <Method extends Handler<Entry>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    ConnectedSocket()(target, key, 0);
    MessageBody('data', new EntryPipe(entry))(target, key, 1);
    SubscribeMessage(entry.type)(target, key, descriptor);
  };
}

class EntryPipe implements PipeTransform {
  constructor(private readonly entry: ClientMessage) {}

  transform(data: unknown): unknown {
    const result = this.entry.data.safeParse(data);
    if (result.success) return result.data;
    throw new Problem('validation_failed', { details: details(result.error) });
  }
}
