import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

/** Skips a test on a machine that lacks what it needs, and says so; under CI that is a failure. */
export function need<Thing>(context: TestContext, what: string, thing: Thing | undefined): Thing {
  if (thing !== undefined) return thing;
  if (process.env.CI) throw new Error(`${what} is missing, and CI must have it`);
  return context.skip(`${what} is missing`);
}

export function findChromium(): string | undefined {
  const names = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return [process.env.CHROMIUM_PATH, ...names].find((path) => path && existsSync(path));
}

/** A Python that has the websockets package: the first on the path need not be the one Debian installs for. */
export function findPython(): string | undefined {
  const names = ['python3', '/usr/bin/python3'];
  return names.find((name) => spawnSync(name, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0);
}

/** The script of util-linux, which runs a command at a terminal of its own. That of BSD is called otherwise. */
export function findScript(): string | undefined {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return stdout?.includes('util-linux') ? 'script' : undefined;
}
