import { Logger } from '@nestjs/common';
import { failureOf } from './app.failure.js';
import { demoHint } from './app.seed.js';
import { createApp } from './app.setup.js';
import { stopOnSignals } from './app.stop.js';
import { doubts } from './config/doubts.js';
import { loadSettings } from './config/env.js';

/** What a browser calls this machine; its pages come from a whitelisted origin there. */
const shownUrl = (url: string) => url.replace(/\/\/(127\.0\.0\.1|\[::1\]):/, '//localhost:');

try {
  const settings = loadSettings();
  const app = await createApp({ settings });
  stopOnSignals(app, settings.realtime.drainTimeoutMs);
  await app.listen(settings.server.port, settings.server.host);
  const url = shownUrl(await app.getUrl());
  const console = settings.server.consoleEnabled ? ', console at /console' : '';
  new Logger('Hadir').log(`listening on ${url}, documentation at /docs and /docs/ws${console}`);
  for (const doubt of doubts(settings)) new Logger('Hadir').warn(doubt);
  const hint = settings.auth.seedDemo ? await demoHint(app, url) : undefined;
  if (hint) process.stdout.write(hint);
} catch (error) {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  process.stderr.write(`${failure}\n`);
  process.exit(1);
}
