import { expect } from 'vitest';
import { startApp, type TestApp } from './app.js';
import { ADMIN_ENV, newPerson } from './people.js';
import { RawClient, type RawResponse } from './raw.js';
import type { Refusal, TestSocket } from './socket.js';

/** The one origin that is allowed in the handshake suites. */
export const ORIGIN = 'https://app.example.com';

export async function appWithUser(env: Record<string, string> = {}) {
  const app = await startApp({ env: { ALLOWED_ORIGINS: ORIGIN, ...ADMIN_ENV, ...env } });
  return { app, ann: await newPerson(app, 'ann') };
}

/** Sends exactly these bytes and reads the refusal by the letter. */
export async function rawRefusal(app: TestApp, bytes: string): Promise<RawResponse & { code: string }> {
  const client = await RawClient.connect(app.url);
  client.write(bytes);
  const response = await client.response();
  const body = JSON.parse(response.body) as { success: boolean; message: string; error: Record<string, unknown> };
  expect(body).toMatchObject({ success: false, message: expect.any(String) });
  expect(body.error).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), request_id: expect.any(String) });
  expect(response.body).not.toMatch(/Error|at \w+ \(|node_modules/);
  expect(response.headers.get('connection')).toBe('close');
  expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(response.body));
  expect(response.closedAfterMs).toBeLessThan(1000);
  return { ...response, code: String(body.error.code) };
}

/** Tries all at once. @returns the sockets of those that were let in, and the codes of the refusals */
export async function allAtOnce(attempts: Promise<TestSocket>[]): Promise<{ open: TestSocket[]; refused: string[] }> {
  const settled = await Promise.allSettled(attempts);
  return {
    open: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    refused: settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Refusal).body.error.code] : [])),
  };
}
