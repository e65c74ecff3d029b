import { type Browser, chromium } from 'playwright-core';
import { onTestFinished, type TestContext } from 'vitest';
import { findChromium, need } from './requirement.js';

const QUIET = ['no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-sync'];
const OFFLINE = ['disable-background-networking', 'disable-component-update'];

/** Chromium until the end of the test; without one the test is skipped. */
export async function openBrowser(context: TestContext): Promise<Browser> {
  const executablePath = need(context, 'Chromium', findChromium());
  const args = [...QUIET, ...OFFLINE].map((name) => `--${name}`);
  const browser = await chromium.launch({ executablePath, args });
  onTestFinished(() => browser.close());
  return browser;
}
