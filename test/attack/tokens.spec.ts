import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badTokens, goodToken } from '../support/bad-tokens.js';
import { appWithUser } from '../support/handshakes.js';
import { newPerson } from '../support/people.js';
import { connect, refusalOf, type TestSocket } from '../support/socket.js';
import { trap } from '../support/trap.js';
import { Lane } from './lane.js';

const SECRET = 'the secret of these tests, which is long enough';
/** One fewer than close a connection. */
const MISTAKES = 9;
const MUTATIONS = 10_000;
const LANES = 8;
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~ %,;"\t'.split('');

async function scene() {
  const { app, ann } = await appWithUser({ JWT_SECRET: SECRET });
  const parts = { secret: SECRET, userId: ann.id, sessionId: ann.sessionId, now: Math.floor(Date.now() / 1000) };
  return { app, ann, parts };
}

const bearer = (token: string) => `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

async function codeOf(socket: TestSocket, token: string): Promise<unknown> {
  const { type, data } = await socket.request('auth_refresh', { token });
  return type === 'error' ? (data as { code: string }).code : type;
}

describe('auth_refresh', () => {
  it('refuses every kind of bad token as the other doors do, and asks nobody about it', async () => {
    const { app, ann, parts } = await scene();
    const { url, visits } = await trap();
    const answers: Record<string, unknown> = {};
    const bad = Object.entries({ ...badTokens(parts, url), 'a refresh token': ann.refreshToken, nothing: '' });
    for (let turn = 0; turn < bad.length; turn += MISTAKES) {
      const socket = await connect(app.wsUrl, ann.token);
      for (const [what, token] of bad.slice(turn, turn + MISTAKES)) answers[what] = await codeOf(socket, token);
      expect(await codeOf(socket, goodToken(parts))).toBe('ack');
    }
    const expected = Object.fromEntries(bad.map(([what]) => [what, 'token_invalid']));
    expect(answers).toEqual({ ...expected, nothing: 'validation_failed', 'very long': 'validation_failed' });
    expect(visits()).toBe(0);
  });

  it('refuses a token that has expired, and the connection keeps the one it has', async () => {
    const { app, ann, parts } = await scene();
    const socket = await connect(app.wsUrl, ann.token);
    expect(await codeOf(socket, goodToken({ ...parts, now: parts.now - 3600 }))).toBe('token_expired');
    await socket.settled();
  });
});

describe('A token that is signed well, but names a user and a session that do not belong together,', () => {
  it('opens no door, whoever was let in by either of them before', async () => {
    const { app, ann, parts } = await scene();
    const ben = await newPerson(app, 'ben');
    const [annHere] = [await connect(app.wsUrl, ann.token), await connect(app.wsUrl, ben.token)];
    const mixed = {
      'the session of somebody else': goodToken({ ...parts, userId: ben.id }),
      'somebody else’s session': goodToken({ ...parts, sessionId: ben.sessionId }),
      'a session that never was': goodToken({ ...parts, sessionId: randomUUID() }),
      'a user who never was': goodToken({ ...parts, userId: randomUUID() }),
      'a user in capitals': goodToken({ ...parts, userId: ann.id.toUpperCase() }),
      'a session in capitals': goodToken({ ...parts, sessionId: ann.sessionId.toUpperCase() }),
    };
    const codes: Record<string, unknown> = {};
    for (const [what, token] of Object.entries(mixed)) {
      const rest = await ann.call('GET', 'users/me', { token });
      const handshake = await refusalOf(`${app.wsUrl}?token=${token}`).catch((error: unknown) => String(error));
      codes[what] = [
        rest.body.error?.code,
        typeof handshake === 'string' ? handshake : handshake.body.error.code,
        await codeOf(annHere, token),
      ];
    }
    const refused = ['session_revoked', 'session_revoked', 'token_invalid'];
    expect(codes).toEqual(Object.fromEntries(Object.keys(mixed).map((what) => [what, refused])));
    await ann.succeed('GET', 'users/me');
  });
});

describe('REST', () => {
  it(`lets none of ${MUTATIONS} mutations of a good token in`, { timeout: 120_000 }, async () => {
    const { app, parts } = await scene();
    const good = goodToken(parts);
    const mutation = fc
      .record({
        at: fc.nat({ max: good.length - 1 }),
        remove: fc.nat({ max: 3 }),
        insert: fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 3 }),
      })
      .map(({ at, remove, insert }) => good.slice(0, at) + insert + good.slice(at + remove))
      // Blanks at the end of a header do not belong to it, and what follows a blank is no part of the token.
      .filter((token) => token.trim().split(/\s/, 1)[0] !== good && token.trim() !== '');
    const tokens = fc.sample(mutation, { seed: 20_261_128, numRuns: MUTATIONS }).values();
    const codes: Record<string, number> = {};
    const { port } = new URL(app.url);
    const attack = async () => {
      const lane = new Lane(Number(port));
      for (const token of tokens) {
        const { status, text } = await lane.ask(bearer(token));
        const answer = `${status} ${(JSON.parse(text) as { error?: { code: string } }).error?.code}`;
        codes[answer] = (codes[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: LANES }, attack));
    expect(codes).toEqual({ '401 token_invalid': MUTATIONS });
    expect((await new Lane(Number(port)).ask(bearer(good))).status).toBe(200);
  });
});
