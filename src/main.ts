import { Logger } from '@nestjs/common';
import { demoHint } from './app.seed.js';
import { createApp } from './app.setup.js';
import { stopOnSignals } from './app.stop.js';
import { doubts } from './config/doubts.js';
import { BadSettings, loadSettings } from './config/env.js';

try {
  const settings = loadSettings();
  const app = await createApp({ settings });
  stopOnSignals(app, settings.realtime.drainTimeoutMs);
  await app.listen(settings.server.port, settings.server.host);
  const console = settings.server.consoleEnabled ? ', console at /console' : '';
  new Logger('Hadir').log(`listening on ${await app.getUrl()}, documentation at /docs and /docs/ws${console}`);
  for (const doubt of doubts(settings)) new Logger('Hadir').warn(doubt);
  const hint = settings.auth.seedDemo ? await demoHint(app, await app.getUrl()) : undefined;
  if (hint) process.stdout.write(hint);
} catch (error) {
  if (!(error instanceof BadSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
