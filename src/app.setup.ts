import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { seed } from './app.seed.js';
import { HttpServerAdapter, refuseWithoutHost } from './app.server.js';
import { AppModule } from './app.module.js';
import { MemoryBackend } from './cluster/memory-backend.js';
import { type Clock, SystemClock } from './common/clock.js';
import { fewAtATime } from './common/few-at-a-time.js';
import { countRequests } from './common/http-metrics.js';
import { useJsonBodies } from './common/json-body.js';
import { Log } from './common/log.js';
import { Metrics } from './common/metrics.js';
import { Problem } from './common/problem.js';
import { ProblemHttpFilter } from './common/problem.http-filter.js';
import { neverCached } from './common/never-cached.js';
import { logRequests } from './common/request-log.js';
import { type NotedRequest, noteRequest } from './common/request.js';
import { bodyValidation } from './common/validation.pipe.js';
import type { Settings } from './config/settings.js';
import { asProblem } from './database/outage.js';
import { serveSwagger } from './docs/swagger.js';
import { cors } from './origins/cors.js';
import { Origins } from './origins/origins.service.js';
import { refusePlainRequests } from './realtime/plain-request.js';
import { RealtimeAdapter } from './realtime/realtime.adapter.js';

export interface AppOptions {
  readonly settings: Settings;
  readonly clock?: Clock;
  /** Shared by the nodes of one process; each has its own where nothing is said. */
  readonly backend?: MemoryBackend;
}

/** Outside /api/v1. */
const DOCS_PAGES = ['ws', 'asyncapi.json', 'errors', 'errors/:code', 'close', 'close/:code'];
const ROOT_ROUTES = [
  ...['health/live', 'health/ready', 'metrics', 'console', 'console/assets/:name'],
  ...DOCS_PAGES.map((page) => `docs/${page}`),
];

/** What the pages under /docs may do beyond the defaults: less. */
const pagePolicy = {
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  // Without TLS in front there is no https to upgrade to, and the pages would load nothing.
  upgradeInsecureRequests: null,
};

/** Builds the server, ready to listen: the same for main and for tests. */
export async function createApp({ settings, clock = new SystemClock(), backend = new MemoryBackend() }: AppOptions) {
  const log = new Log(settings.log, clock);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(settings, clock, backend),
    new HttpServerAdapter(),
    {
      logger: log,
      bodyParser: false,
      abortOnError: false,
    },
  );
  log.onSuppressed = (context) => app.get(Metrics).logSuppressed(context);
  const filter = new ProblemHttpFilter(asProblem);
  useHttp(app, settings);
  app.useGlobalFilters(filter);
  app.useWebSocketAdapter(new RealtimeAdapter(app));
  await start(app, settings);
  app.use((request: Request, response: Response) =>
    filter.answer(new Problem('not_found'), request as NotedRequest, response),
  );
  return app;
}

async function start(app: NestExpressApplication, { auth }: Settings): Promise<void> {
  try {
    await app.init();
    await seed(app, auth);
  } catch (error) {
    await app.close();
    throw error;
  }
}

function useHttp(app: NestExpressApplication, { server }: Settings): void {
  app.set('etag', false);
  app.useSecurityHeaders({ contentSecurityPolicy: { directives: pagePolicy }, xFrameOptions: { action: 'deny' } });
  app.use(neverCached);
  app.use(noteRequest(server.trustedProxies));
  app.use(countRequests(app.get(Metrics)));
  app.use(logRequests);
  app.use(fewAtATime());
  app.use(refuseWithoutHost);
  app.use(cors(app.get(Origins, { strict: false })));
  app.use(refusePlainRequests);
  useJsonBodies(app);
  app.setGlobalPrefix('api/v1', { exclude: ROOT_ROUTES });
  app.useGlobalPipes(bodyValidation());
  serveSwagger(app);
}
