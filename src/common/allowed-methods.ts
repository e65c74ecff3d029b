import type { Request } from 'express';

/** More than any route of ours has. */
const MOST_METHODS = 7;

interface Layer {
  match(path: string): boolean;
  route?: { methods: Record<string, boolean>; path?: unknown };
}

/** The methods for which the address of a request has a route, for the Allow header; none where there is nothing at all. */
export function allowedMethods({ app, originalUrl }: Request): string[] {
  const [path = ''] = originalUrl.split('?');
  const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
  const methods = new Set<string>();
  for (const layer of stack) {
    if (!layer.route || isCatchAll(layer.route) || !matches(layer, path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

/** Nest's own answer to whatever no controller takes. */
function isCatchAll({ methods }: NonNullable<Layer['route']>): boolean {
  return methods._all === true || Object.keys(methods).length > MOST_METHODS;
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
