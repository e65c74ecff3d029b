import type { CanActivate, Type } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { Problem } from '../common/problem.js';
import type { ClientMessage } from '../protocol/index.js';
import type { ClientRequest } from './client-request.js';
import type { Connection } from './connection.js';
import { MessageContext } from './message-context.js';
import { details } from './validation.js';

/** A gateway's method. */
export type Handler = (connection: Connection, data: unknown) => unknown;
type Verdict = ReturnType<CanActivate['canActivate']>;

/** What handles one type of message: the gateway's guards, then the entry's schema, then the gateway's method. */
export class Endpoint {
  constructor(
    readonly entry: ClientMessage,
    private readonly gateway: object,
    private readonly handler: Handler,
    private readonly guards: readonly CanActivate[],
  ) {}

  contextOf(connection: Connection, request: ClientRequest): MessageContext {
    return new MessageContext(connection, request, this.gateway.constructor as Type, this.handler);
  }

  /**
   * Nothing is awaited that is not a promise: where guards and method answer at once, so does this.
   * @returns what the method returns
   * @throws Problem, or what a guard or the method throws; at once or as a rejection
   */
  handle(connection: Connection, request: ClientRequest, context: MessageContext): unknown {
    const passed = this.pass(context, 0);
    if (passed) return passed.then(() => this.call(connection, request));
    return this.call(connection, request);
  }

  /** Asks the guards from `first` on. @returns a promise only if one of them takes its time */
  private pass(context: MessageContext, first: number): Promise<void> | undefined {
    for (let index = first; index < this.guards.length; index += 1) {
      const verdict = this.guards[index]?.canActivate(context);
      if (verdict !== true) return this.await(verdict).then(() => this.pass(context, index + 1));
    }
    return undefined;
  }

  private async await(verdict: Verdict | undefined): Promise<void> {
    const passes = isObservable(verdict) ? await lastValueFrom(verdict) : await verdict;
    if (!passes) throw new Error(`a guard of ${this.entry.type} refused without saying why: it is to throw a Problem`);
  }

  private call(connection: Connection, request: ClientRequest): unknown {
    const result = this.entry.data.safeParse(request.data);
    if (!result.success) throw new Problem('validation_failed', { details: details(result.error) });
    return this.handler.call(this.gateway, connection, result.data);
  }
}
