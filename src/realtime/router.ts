import { Injectable } from '@nestjs/common';
import { Metrics } from '../common/metrics.js';
import { Problem } from '../common/problem.js';
import { clientMessages } from '../protocol/index.js';
import { ClientRequest, readRequest } from './client-request.js';
import type { Connection } from './connection.js';

/** A handler with its guards, pipes and filter around it, bound to one connection. Never rejects. */
export type Route = (request: ClientRequest) => Promise<unknown>;
export type Routes = Map<string, Route>;

const replyTypes = new Map(clientMessages.map(({ type, replyType }) => [type, replyType]));

/** From a text frame to its handler and back to the answer. */
@Injectable()
export class Router {
  private readonly bound = new WeakMap<Connection, Routes>();
  private readonly binders: ((connection: Connection) => void)[] = [];

  constructor(private readonly metrics: Metrics) {}

  /** Adds a gateway: `bind` gives the gateway's routes for a connection to `addRoute`. */
  addGateway(bind: (connection: Connection) => void): void {
    this.binders.push(bind);
  }

  addRoute(connection: Connection, type: string, route: Route): void {
    this.bound.get(connection)?.set(type, route);
  }

  /** Handles one text frame. Resolves when it has been answered; never rejects. */
  handle(connection: Connection, text: string): Promise<void> | void {
    const request = readRequest(text);
    if (!(request instanceof ClientRequest)) {
      this.metrics.message('unreadable', request.problem.code);
      return connection.refuse(request.problem, { replyTo: request.id });
    }
    const route = this.routes(connection).get(request.type);
    if (route) return this.run(connection, request, route);
    this.metrics.message('unknown', 'unknown_type');
    connection.refuse(new Problem('unknown_type'), { replyTo: request.id });
  }

  private async run(connection: Connection, request: ClientRequest, route: Route): Promise<void> {
    const started = performance.now();
    const reply = await route(request);
    this.metrics.handled(request.type, (performance.now() - started) / 1000);
    this.metrics.message(request.type, request.problem?.code ?? 'ok');
    if (request.problem) return;
    const replyType = replyTypes.get(request.type) ?? 'ack';
    if (request.id !== undefined || replyType !== 'ack') connection.answer(replyType, reply ?? null, request.id);
  }

  /** Bound at the first message: a socket that only listens costs nothing here. */
  private routes(connection: Connection): Routes {
    const known = this.bound.get(connection);
    if (known) return known;
    const routes: Routes = new Map();
    this.bound.set(connection, routes);
    for (const bind of this.binders) bind(connection);
    return routes;
  }
}
