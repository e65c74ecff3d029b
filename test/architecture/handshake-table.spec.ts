import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handshakeChecks } from '../../src/docs/handshake-table.js';
import type { Check } from '../../src/realtime/attempt.js';
import { CHECKS } from '../../src/realtime/handshake.js';
import { startApp } from '../support/app.js';

/** Where the refusals of a check stand. One of them throws nothing itself. */
function sourceOf(check: string): string {
  if (check === 'SessionCheck') {
    const [, method = ''] = readFileSync('src/auth/sessions.service.ts', 'utf8').split('  requireAlive(');
    return method.split('\n  }\n')[0] ?? '';
  }
  const name = check.replace(/Check$/, '').replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`);
  return readFileSync(`src/realtime/checks/${name.toLowerCase()}.ts`, 'utf8');
}

/** The codes a check can refuse with, as its source names them. */
function refusalsOf(check: string): string[] {
  return [...new Set([...sourceOf(check).matchAll(/new Problem\('(\w+)'/g)].map(([, code]) => code!))].sort();
}

describe('the documented checks of the handshake', () => {
  it('are those that are asked, in their order, with what each of them refuses', async () => {
    const { app } = await startApp();
    const asked = app.get<Check[]>(CHECKS, { strict: false }).map(({ constructor }) => refusalsOf(constructor.name));
    expect(handshakeChecks.map(([, refusals]) => [...refusals].sort())).toEqual(asked);
  });
});
