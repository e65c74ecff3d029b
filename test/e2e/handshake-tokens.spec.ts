import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badTokens, goodToken } from '../support/bad-tokens.js';
import { appWithUser } from '../support/handshakes.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { trap } from '../support/trap.js';

const SECRET = 'the secret of these tests, which is long enough';
const MUTATIONS = 10_000;
const AT_ONCE = 50;
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~!*';

async function scene() {
  const { app, ann } = await appWithUser({ JWT_SECRET: SECRET });
  const now = Math.floor(Date.now() / 1000);
  return { app, parts: { secret: SECRET, userId: ann.id, sessionId: ann.sessionId, now } };
}

/** The three places of a token. */
const places: Record<string, (token: string) => string> = {
  query: (token) => handshakeBytes(`/ws?token=${token}`),
  header: (token) => handshakeBytes('/ws', { Authorization: `Bearer ${token}` }),
  'sub-protocol': (token) => handshakeBytes('/ws', { 'Sec-WebSocket-Protocol': `hadir.v1, hadir.bearer.${token}` }),
};

/** @returns the status and the code of the answer; 101 has none */
async function answerTo(url: string, bytes: string): Promise<string> {
  const client = await RawClient.connect(url);
  client.write(bytes);
  const head = await client.until(() => {
    const text = client.received.toString('latin1');
    return client.ended || text.startsWith('HTTP/1.1 101') ? text : undefined;
  }, 'the answer');
  client.socket.destroy();
  return `${head.slice(9, 12)} ${/"code":"(\w+)"/.exec(head)?.[1] ?? ''}`;
}

describe('The handshake refuses with 401 token_invalid', () => {
  it.each(Object.entries(places))('every kind of bad token in its %s, and asks nobody about it', async (_, bytesOf) => {
    const { app, parts } = await scene();
    const { url, visits } = await trap();
    expect(await answerTo(app.url, bytesOf(goodToken(parts)))).toBe('101 ');
    const answers: Record<string, string> = {};
    for (const [what, token] of Object.entries(badTokens(parts, url))) {
      answers[what] = await answerTo(app.url, bytesOf(token));
    }
    const others = Object.entries(answers).filter(([, answer]) => answer !== '401 token_invalid');
    expect(others).toEqual([]);
    expect(Object.keys(answers).length).toBeGreaterThanOrEqual(20);
    expect(visits()).toBe(0);
  });

  it(`${MUTATIONS} mutations of a good one`, { timeout: 120_000 }, async () => {
    const { app, parts } = await scene();
    const good = goodToken(parts);
    const change = fc.record({
      at: fc.nat({ max: good.length - 1 }),
      remove: fc.nat({ max: 3 }),
      insert: fc.string({ unit: fc.constantFrom(...CHARACTERS.split('')), maxLength: 3 }),
    });
    const mutations = fc
      .sample(change, { seed: 20260102, numRuns: MUTATIONS })
      .map(({ at, remove, insert }) => good.slice(0, at) + insert + good.slice(at + remove))
      .filter((token) => token !== good);
    const seen = new Map<string, string>();
    const rest = mutations.values();
    const worker = async () => {
      for (const token of rest) seen.set(await answerTo(app.url, places.query!(token)), token);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(mutations.length).toBeGreaterThan(0.8 * MUTATIONS);
    expect([...seen.keys()]).toEqual(['401 token_invalid']);
  });
});
