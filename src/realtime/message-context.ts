import type { ExecutionContext, Type } from '@nestjs/common';
import type { WsArgumentsHost } from '@nestjs/common/interfaces/index.js';
import type { ClientRequest } from './client-request.js';
import type { Connection } from './connection.js';

/** Where a message stands, as Nest's guards and filters ask for it: the client is the Connection, the data the ClientRequest. */
export class MessageContext implements ExecutionContext, WsArgumentsHost {
  constructor(
    private readonly connection: Connection,
    private readonly request: ClientRequest,
    private readonly gateway: Type,
    private readonly handler: (...args: never[]) => unknown,
  ) {}

  getType<Name extends string>(): Name {
    return 'ws' as Name;
  }

  getClass<Gateway>(): Type<Gateway> {
    return this.gateway;
  }

  getHandler(): (...args: never[]) => unknown {
    return this.handler;
  }

  getArgs<Args extends unknown[]>(): Args {
    return [this.connection, this.request, this.request.type] as unknown[] as Args;
  }

  getArgByIndex<Arg>(index: number): Arg {
    return this.getArgs()[index] as Arg;
  }

  switchToWs(): this {
    return this;
  }

  getClient<Client>(): Client {
    return this.connection as Client;
  }

  getData<Data>(): Data {
    return this.request as Data;
  }

  getPattern(): string {
    return this.request.type;
  }

  switchToHttp(): never {
    throw new TypeError('a message of /ws is no HTTP request');
  }

  switchToRpc(): never {
    throw new TypeError('a message of /ws is no RPC call');
  }
}
