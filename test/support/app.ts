import { onTestFinished } from 'vitest';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app.setup.js';
import type { MemoryBackend } from '../../src/cluster/memory-backend.js';
import type { Clock } from '../../src/common/clock.js';
import { loadSettings } from '../../src/config/env.js';

export interface StartOptions {
  /** Beside the test's own: a database in memory, no limits, no demo users, quiet logs. */
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  readonly backend?: MemoryBackend;
}

export interface TestApp {
  /** http://127.0.0.1:port */
  readonly url: string;
  /** ws://127.0.0.1:port/ws */
  readonly wsUrl: string;
  /** For what cannot be seen from outside, such as the state of a port in a contract test. */
  readonly app: NestExpressApplication;
  readonly close: () => Promise<void>;
}

const DEFAULTS = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: 'sqlite::memory:',
  JWT_SECRET: 'a secret of the tests, of no use to anybody',
  SEED_DEMO: 'false',
  LOG_LEVEL: 'error',
  LOG_FORMAT: 'json',
  RATE_LIMIT_HANDSHAKE: 'off',
  RATE_LIMIT_LOGIN_IP: 'off',
  RATE_LIMIT_LOGIN_ACCOUNT: 'off',
  RATE_LIMIT_REST: 'off',
  RATE_LIMIT_MESSAGES: 'off',
  RATE_LIMIT_STATUS: 'off',
  DRAIN_TIMEOUT: '0s',
};

/** A server on a port of its own. In a test it ends with the test; elsewhere call `close`. */
export async function startApp({ env = {}, clock, backend }: StartOptions = {}): Promise<TestApp> {
  const settings = loadSettings({ ...DEFAULTS, ...env });
  const app = await createApp({ settings, ...(clock && { clock }), ...(backend && { backend }) });
  await app.listen(settings.server.port, settings.server.host);
  const { port } = app.getHttpServer().address() as { port: number };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= app.close());
  closeAfterTest(close);
  return { url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/ws`, app, close };
}

function closeAfterTest(close: () => Promise<void>): void {
  try {
    onTestFinished(close);
  } catch {
    // In a beforeAll there is no test to wait for: the caller closes.
  }
}
