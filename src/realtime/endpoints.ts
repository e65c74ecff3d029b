import { type CanActivate, Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { type ClientMessage, clientMessages, clientPages } from '../protocol/index.js';
import { Endpoint, type Handler } from './endpoint.js';
import { ENTRY } from './on.js';

/** What handles which type of message: every `@On` method of every gateway, with the Nest guards of its class and its own. */
@Injectable()
export class Endpoints implements OnApplicationBootstrap {
  private readonly byType = new Map<string, Endpoint>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly moduleRef: ModuleRef,
  ) {}

  onApplicationBootstrap(): void {
    for (const { instance } of this.discovery.getProviders()) {
      if (typeof instance === 'object' && instance !== null) this.explore(instance as Record<string, never>);
    }
    for (const { type } of clientMessages) if (!this.byType.has(type)) throw new Error(`no gateway handles ${type}`);
  }

  get(type: string): Endpoint | undefined {
    return this.byType.get(type);
  }

  private explore(gateway: Record<string, never>): void {
    for (const name of this.scanner.getAllMethodNames(Object.getPrototypeOf(gateway) as object)) {
      const method: Handler = gateway[name] as never;
      const entry = Reflect.getMetadata(ENTRY, method) as ClientMessage | undefined;
      if (!entry) continue;
      if (!clientPages.some((page) => page[name] === entry))
        throw new Error(`${name} is not where ${entry.type} belongs`);
      if (this.byType.has(entry.type)) throw new Error(`two methods handle ${entry.type}`);
      for (const target of [gateway.constructor, method]) refuseOtherEnhancers(target);
      const guards = [...this.guardsOf(gateway.constructor), ...this.guardsOf(method)];
      this.byType.set(entry.type, new Endpoint(entry, gateway, method, guards));
    }
  }

  private guardsOf(target: object): CanActivate[] {
    const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as (Type<CanActivate> | CanActivate)[];
    return guards.map((guard) => (typeof guard === 'function' ? this.moduleRef.get(guard, { strict: false }) : guard));
  }
}

/** Messages meet guards, the schema and the one filter; anything else on a gateway would be ignored, so it is refused. */
function refuseOtherEnhancers(target: { name: string } & object): void {
  for (const key of [EXCEPTION_FILTERS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA]) {
    if (Reflect.hasMetadata(key, target))
      throw new Error(`${target.name} has ${key}, which messages of /ws do not meet`);
  }
}
