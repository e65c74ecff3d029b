import { demoHint } from './app.seed.js';
import { createApp } from './app.setup.js';
import { stopOnSignals } from './app.stop.js';
import { BadSettings, loadSettings } from './config/env.js';
import type { Settings } from './config/settings.js';

function settingsOrExit(): Settings {
  try {
    return loadSettings();
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const { host, port } = settings.server;
const app = await createApp({ settings });
stopOnSignals(app, settings.realtime.drainTimeoutMs);
await app.listen(port, host);
const hint = settings.auth.seedDemo ? await demoHint(app, await app.getUrl()) : undefined;
if (hint) process.stdout.write(hint);
