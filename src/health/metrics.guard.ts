import { timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import type { NotedRequest } from '../common/request.js';
import { ServerSettings } from '../config/settings.js';

const LOOPBACK = new Set(['127.0.0.1', '::1']);

/**
 * Keeps /metrics from users: its counts of connections would tell who is invisible. With METRICS_TOKEN it asks for that
 * token; without, production answers this machine alone, and never through a proxy.
 */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(private readonly settings: ServerSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<NotedRequest>();
    const { metricsToken, environment } = this.settings;
    if (metricsToken !== undefined) return requireToken(request.get('authorization'), metricsToken);
    if (environment !== 'production' || isLocal(request)) return true;
    throw new Problem('not_found');
  }
}

function requireToken(authorization: string | undefined, token: string): boolean {
  if (authorization === undefined) throw new Problem('token_missing');
  const given = Buffer.from(authorization);
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return true;
  throw new Problem('token_invalid');
}

function isLocal(request: NotedRequest): boolean {
  return LOOPBACK.has(request.clientAddress) && request.get('x-forwarded-for') === undefined;
}
