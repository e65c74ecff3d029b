import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { ADMIN_ONLY, PUBLIC } from '../auth/access.js';
import { ROUTE_ANSWERS, type RouteAnswers } from '../common/api-doc.js';

/** What a route's decorators say about it. */
export interface Operation {
  readonly answers: RouteAnswers;
  readonly isPublic: boolean;
  readonly adminOnly: boolean;
  /** The classes of its parameters. */
  readonly parameters: readonly unknown[];
}

type Controller = new (...args: never[]) => object;
type Method = (...args: never[]) => unknown;

export const operationKey = (controller: string, method: string) => `${controller}.${method}`;

/** Every route that says what it answers, by controller and method. */
export function operationsOf(app: INestApplicationContext): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      for (const [name, method] of methodsOf(metatype as Controller)) {
        const operation = read(metatype as Controller, name, method);
        if (operation) operations.set(operationKey((metatype as Controller).name, name), operation);
      }
    }
  }
  return operations;
}

function methodsOf({ prototype }: Controller): [string, Method][] {
  const own = Object.getOwnPropertyDescriptors(prototype as Record<string, unknown>);
  return Object.entries(own).flatMap(([name, { value }]) =>
    typeof value === 'function' ? [[name, value as Method]] : [],
  );
}

function read(controller: Controller, name: string, method: Method): Operation | undefined {
  const reflector = new Reflector();
  const says = (mark: string) => reflector.getAllAndOverride<boolean | undefined>(mark, [method, controller]) ?? false;
  const answers = reflector.get<RouteAnswers | undefined>(ROUTE_ANSWERS, method);
  const parameters = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, name) ??
    []) as unknown[];
  return answers && { answers, isPublic: says(PUBLIC), adminOnly: says(ADMIN_ONLY), parameters };
}
