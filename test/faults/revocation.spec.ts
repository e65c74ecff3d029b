import { describe, expect } from 'vitest';
import { drill, quantile, repeatedly } from '../support/drill.js';
import { PASSWORD } from '../support/http.js';
import { startNodes } from '../support/nodes.js';
import { ADMIN_ENV, adminOf, newPerson, Person } from '../support/people.js';
import { enter, roommates } from '../support/scene.js';
import type { Server } from '../support/server.js';
import { connect, refusalOf, type TestSocket } from '../support/socket.js';

const RUNS_EACH = 50;
const TOKEN_LIFE_MS = 3000;

/** Somebody on two devices, and one who may disable accounts. */
interface Parties {
  readonly victim: Person;
  readonly elsewhere: Person;
  readonly admin: Person;
}

interface Cause {
  readonly code: number;
  readonly end: (parties: Parties) => Promise<unknown>;
}

const causes: Record<string, Cause> = {
  logout: { code: 4500, end: ({ victim }) => victim.succeed('POST', 'auth/logout') },
  'revocation by the user': {
    code: 4500,
    end: ({ victim, elsewhere }) => elsewhere.succeed('DELETE', `auth/sessions/${victim.sessionId}`),
  },
  'disabled by an administrator': {
    code: 4501,
    end: ({ victim, admin }) => admin.succeed('PATCH', `admin/users/${victim.id}`, { disabled: true }),
  },
  'change of the password': {
    code: 4500,
    end: ({ elsewhere }) =>
      elsewhere.succeed('POST', 'auth/change-password', {
        current_password: PASSWORD,
        new_password: 'sandi yang lain sama sekali',
      }),
  },
};

/** Whether the token opens nothing on this node any more, neither REST nor a socket. */
async function isDeadOn(node: Server, { token }: Person): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await fetch(`${node.url}/api/v1/users/me`, { headers });
  if (status !== 401 && status !== 403) return false;
  return refusalOf(node.wsUrl, { headers }).then(
    (refusal) => refusal.status === 401 || refusal.status === 403,
    () => false,
  );
}

/** Ends the victim's session. @returns ms until its sockets were closed, and until its token was dead, on all nodes */
async function run(nodes: readonly Server[], admin: Person, { code, end }: Cause): Promise<[number, number]> {
  const victim = await newPerson(nodes[0]!, 'ani');
  const elsewhere = await victim.elsewhere(nodes[0]!.url);
  const sockets = await Promise.all(nodes.map((node) => connect(node.wsUrl, victim.token)));
  const began = performance.now();
  const since = () => performance.now() - began;
  const ending = end({ victim, elsewhere, admin });
  const closings = await Promise.all(sockets.map((socket) => socket.ended()));
  const closedAfter = since();
  expect(closings.map((closing) => closing.code)).toEqual(nodes.map(() => code));
  await ending;
  const dead = async () => (await Promise.all(nodes.map((node) => isDeadOn(node, victim)))).every(Boolean);
  await expect.poll(dead, { interval: 10, timeout: 10_000 }).toBe(true);
  return [closedAfter, since()];
}

/** Stays connected by showing a newer token in time. */
function stay(person: Person, socket: TestSocket): () => Promise<void> {
  let refreshToken = person.refreshToken;
  return repeatedly(TOKEN_LIFE_MS / 3, async () => {
    const body = { refresh_token: refreshToken };
    const tokens = await person.succeed<{ access_token: string; refresh_token: string }>('POST', 'auth/refresh', body);
    refreshToken = tokens.refresh_token;
    await socket.request('auth_refresh', { token: tokens.access_token });
  });
}

describe('A session that ends', () => {
  drill(
    {
      row: '22a',
      hypothesis: 'ends on every node within a second, on sockets, in handshakes and in REST',
      action: `two nodes, a socket on each; ${RUNS_EACH} times each: ${Object.keys(causes).join(', ')}`,
      timeoutMs: 300_000,
    },
    async (findings) => {
      const { nodes } = await startNodes(2, { env: ADMIN_ENV });
      const admin = await adminOf(nodes[0]!);
      const runs: [number, number][] = [];
      const lanes = Object.values(causes).map(async (cause) => {
        for (let turn = 0; turn < RUNS_EACH; turn += 1) runs.push(await run(nodes, admin, cause));
      });
      await Promise.all(lanes);
      findings.exactly('runs', runs.length, 4 * RUNS_EACH, 'runs');
      const p99 = (index: 0 | 1) => {
        const times = runs.map((times) => times[index]);
        return Math.round(quantile(times, 0.99));
      };
      findings.atMost('sockets closed with the right code, 99 % within', p99(0), 1000, 'ms');
      findings.atMost('token dead on all nodes, 99 % within', p99(1), 1000, 'ms');
    },
  );

  drill(
    {
      row: '22b',
      hypothesis:
        'by the expiry of its access token closes the socket with 4001 within two seconds; in-band refresh keeps it',
      action: `two nodes, ACCESS_TOKEN_TTL=${TOKEN_LIFE_MS} ms; one client refreshes in band and types all the time, the other does nothing`,
    },
    async (findings) => {
      const env = { ACCESS_TOKEN_TTL: `${TOKEN_LIFE_MS}ms`, TYPING_THROTTLE: '0s' };
      const { nodes } = await startNodes(2, { env });
      const { room, people } = await roommates(nodes[0]!, 'ani', 'budi');
      const [ani, budi] = await Promise.all(people.map((person) => person.elsewhere(nodes[0]!.url)));
      const speaker = await enter(nodes[0]!, budi!);
      const stopRefreshing = stay(budi!, speaker);
      const stopTyping = repeatedly(20, () => speaker.send({ type: 'typing_start', data: { room_id: room } }));
      const idle = await Promise.all(nodes.map((node) => connect(node.wsUrl, ani!.token)));
      for (const [index, socket] of idle.entries()) {
        const { token_expires_at: end } = socket.frames[0]!.data as { token_expires_at: string };
        const { code } = await socket.until(() => socket.closed, 'the close', 3 * TOKEN_LIFE_MS);
        findings.exactly(`close code on node ${index + 1}`, code, 4001, '(close code)');
        const heard = socket.ofType('typing_start');
        expect(heard.length).toBeGreaterThan(10);
        const last = Date.parse(heard.at(-1)!.timestamp) - Date.parse(end);
        findings.atMost(`last event after the expiry on node ${index + 1}`, last, 2000, 'ms');
      }
      await stopTyping();
      await stopRefreshing();
      const { status } = await ani!.call('GET', 'users/me');
      findings.exactly('REST with the expired token', status, 401, '(HTTP status)');
      await speaker.settled();
      findings.exactly('closed although refreshed', speaker.closed ? 1 : 0, 0, 'sockets');
    },
  );
});
