import { Injectable } from '@nestjs/common';
import { Metrics } from '../common/metrics.js';
import { Problem } from '../common/problem.js';
import { ClientRequest, readRequest } from './client-request.js';
import type { Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import type { MessageContext } from './message-context.js';
import { ProblemWsFilter } from './problem.ws-filter.js';

/** From a text frame to its handler and back to the answer. */
@Injectable()
export class Router {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly filter: ProblemWsFilter,
    private readonly metrics: Metrics,
  ) {}

  /** Handles one text frame. Has answered it when it returns, or when the promise it returns resolves; never fails. */
  handle(connection: Connection, text: string): Promise<void> | void {
    const request = readRequest(text);
    if (!(request instanceof ClientRequest)) {
      this.metrics.message('unreadable', request.problem.code);
      return connection.refuse(request.problem, { replyTo: request.id });
    }
    const endpoint = this.endpoints.get(request.type);
    if (endpoint) return this.run(endpoint, connection, request);
    this.metrics.message('unknown', 'unknown_type');
    connection.refuse(new Problem('unknown_type'), { replyTo: request.id });
  }

  private run(endpoint: Endpoint, connection: Connection, request: ClientRequest): Promise<void> | void {
    const started = performance.now();
    const context = endpoint.contextOf(connection, request);
    const finish = (reply: unknown) => {
      this.answer(endpoint, connection, request, reply);
      this.metrics.message(request.type, 'ok');
      this.metrics.handled(request.type, (performance.now() - started) / 1000);
    };
    try {
      const reply = endpoint.handle(connection, request, context);
      if (reply instanceof Promise)
        return reply.then(finish).catch((error: unknown) => this.fail(error, request, context));
      finish(reply);
    } catch (error) {
      this.fail(error, request, context);
    }
  }

  private answer({ entry }: Endpoint, connection: Connection, { id }: ClientRequest, reply: unknown): void {
    if (id !== undefined || entry.replyType !== 'ack') connection.answer(entry.replyType, reply, id);
  }

  private fail(error: unknown, request: ClientRequest, context: MessageContext): void {
    this.metrics.message(request.type, this.filter.answer(error, context).code);
  }
}
