import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Hadir } from '../../client/src/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { clientOf, Renewal } from '../support/hadir-client.js';
import { newPerson } from '../support/people.js';

const within = { timeout: 10_000 };

async function pairInRoom(app: TestApp) {
  const [alice, bob] = [await newPerson(app, 'alice'), await newPerson(app, 'bob')];
  const { id } = await alice.succeed<{ id: string }>('POST', 'rooms', { name: 'tea', member_ids: [bob.id] });
  return { alice, bob, roomId: id };
}

describe('a client', () => {
  it('connects, and a request gets its answer', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    const { client } = clientOf(app, alice);
    expect((await client.ready()).user_id).toBe(alice.id);
    expect(await client.request('user_status_change', { status: 'busy' })).toEqual({
      status: 'busy',
      expires_at: null,
    });
    await expect.poll(() => client.presence.me.status, within).toBe('busy');
  });

  it('says what it lacks when it is made', () => {
    const getToken = () => 'a token';
    const without = undefined as unknown as { getToken: typeof getToken };
    expect(() => new Hadir('http://localhost:8080', without)).toThrow(/There is no WebSocket|needs \{ getToken \}/);
    expect(() => new Hadir('http://localhost:8080', { WebSocket } as never)).toThrow('needs { getToken }');
    expect(() => new Hadir('localhost:8080', { getToken, WebSocket })).toThrow('needs an http(s) or ws(s) address');
  });

  it('tells the application its own mistake', async () => {
    const app = await startApp();
    const getToken = () => {
      throw new Error('no such cookie');
    };
    const { changes } = clientOf(app, await newPerson(app, 'alice'), { getToken });
    await expect
      .poll(() => changes.find(({ error }) => error)?.error?.message, within)
      .toBe('getToken failed: Error: no such cookie');
  });

  it('finds the way in where nothing may stand in an address, and keeps to it also when cut once', async () => {
    const app = await startApp({ env: { WS_QUERY_TOKEN: 'off' } });
    const alice = await newPerson(app, 'alice');
    const { addresses, Noted } = notedSockets({ cut: [3] });
    const { client } = clientOf(app, alice, { WebSocket: Noted, random: () => 0 });
    expect((await client.ready()).user_id).toBe(alice.id);
    const { connection_id: first } = await client.ready();
    client.disconnect();
    client.connect();
    expect((await client.ready()).connection_id).not.toBe(first);
    expect(addresses).toEqual([withTicket, withTicket, '', '', '']);
  });

  it('shows no token because a connection was cut', async () => {
    const app = await startApp();
    const { addresses, Noted } = notedSockets({ cut: [0, 2] });
    const { client } = clientOf(app, await newPerson(app, 'alice'), { WebSocket: Noted, random: () => 0 });
    await client.ready();
    client.disconnect();
    client.connect();
    await client.ready();
    expect(addresses).toEqual([withTicket, withTicket, withTicket, withTicket]);
  });

  it('sends what was asked while it was still connecting', async () => {
    const app = await startApp();
    const { client } = clientOf(app, await newPerson(app, 'alice'));
    expect(await client.request('ping', null)).toBeNull();
  });

  it('is told the refusal of a request by its code', async () => {
    const app = await startApp();
    const { client } = clientOf(app, await newPerson(app, 'alice'));
    const room_id = '0198a000-0000-7000-8000-000000000000';
    await expect(client.request('typing_start', { room_id })).rejects.toMatchObject({ code: 'room_not_found' });
  });

  it('stops, with the reason, when nobody is logged in or the token is refused twice', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    const { client: out } = clientOf(app, alice, { getToken: () => null });
    await expect(out.ready()).rejects.toMatchObject({ code: 'signed_out' });
    let asked = 0;
    const { client: bad } = clientOf(app, alice, { getToken: () => `no token ${(asked += 1)}`, random: () => 0 });
    await expect(bad.ready()).rejects.toMatchObject({ code: 'token_invalid' });
    expect(asked).toBe(2);
  });

  it('stays away after its session was revoked', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    const { client, changes } = clientOf(app, alice);
    await client.ready();
    await alice.succeed('POST', 'auth/logout');
    await expect.poll(() => client.state, within).toBe('disconnected');
    expect(changes.at(-1)?.error).toMatchObject({ code: 'closed', closeCode: 4500, retryable: false });
  });

  it('comes back after its connection was cut, and asks for a fresh token first', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    let asked = 0;
    const sockets: WebSocket[] = [];
    class Cuttable extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const getToken = () => {
      asked += 1;
      return alice.token;
    };
    const { client, changes } = clientOf(app, alice, { getToken, WebSocket: Cuttable, random: () => 0 });
    const first = await client.ready();
    sockets[0]?.terminate();
    await expect.poll(() => client.session?.connection_id ?? first.connection_id, within).not.toBe(first.connection_id);
    expect(asked).toBe(2);
    expect(changes.map(({ state }) => state)).toEqual(['connecting', 'connected', 'connecting', 'connected']);
    expect(changes[2]).toMatchObject({ retryInMs: 250, error: { code: 'closed', closeCode: 1006 } });
  });

  it('refreshes its token on the open connection before it runs out', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '8s' } });
    const alice = await newPerson(app, 'alice');
    const { reasons, getToken } = new Renewal(alice);
    const { client, changes } = clientOf(app, alice, { getToken, random: () => 0.5 });
    const { token_expires_at } = await client.ready();
    await expect.poll(() => Date.now() - Date.parse(token_expires_at), { timeout: 12_000 }).toBeGreaterThan(1000);
    expect(reasons).toContain('refresh');
    expect(changes).toHaveLength(2);
  });

  it('asks for its token again where the application has given the one that runs out', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '12s' } });
    const alice = await newPerson(app, 'alice');
    const { reasons, getToken } = new Renewal(alice);
    let kept = '';
    const keeping = async (reason: string) => {
      if (reasons.length === 1) reasons.push('kept');
      else kept = await getToken(reason);
      return kept;
    };
    const { client, changes } = clientOf(app, alice, { getToken: keeping, random: () => 0 });
    const { token_expires_at } = await client.ready();
    await expect.poll(() => Date.now() - Date.parse(token_expires_at), { timeout: 15_000 }).toBeGreaterThan(1000);
    expect(reasons.slice(0, 3)).toEqual(['connect', 'kept', 'refresh']);
    expect(changes).toHaveLength(2);
  });
});

describe('presence', () => {
  it('shows who is there, who comes and who goes', async () => {
    const app = await startApp({ env: { PRESENCE_GRACE: '0s' } });
    const { alice, bob } = await pairInRoom(app);
    const { client } = clientOf(app, alice);
    await client.ready();
    expect(client.presence.get(bob.id).status).toBe('offline');
    const { client: other } = clientOf(app, bob);
    await expect.poll(() => client.presence.get(bob.id).status, within).toBe('online');
    await other.presence.setStatus('away');
    await expect.poll(() => client.presence.get(bob.id).status, within).toBe('away');
    other.disconnect();
    await expect.poll(() => client.presence.get(bob.id).status, within).toBe('offline');
  });

  it('watches those of large rooms on demand', async () => {
    const app = await startApp({ env: { PRESENCE_AUTO_WATCH: '1', PRESENCE_GRACE: '0s' } });
    const { alice, bob } = await pairInRoom(app);
    const { client } = clientOf(app, alice);
    const { client: other } = clientOf(app, bob);
    await Promise.all([client.ready(), other.ready()]);
    client.presence.watch([bob.id]);
    await expect.poll(() => client.presence.get(bob.id).status, within).toBe('online');
    other.disconnect();
    await expect.poll(() => client.presence.get(bob.id).status, within).toBe('offline');
  });
});

describe('typing', () => {
  it('is sent once for many keystrokes, shown to the others, and ended by stop', async () => {
    const app = await startApp();
    const { alice, bob, roomId } = await pairInRoom(app);
    const [{ client }, { client: other }] = [clientOf(app, alice), clientOf(app, bob)];
    await Promise.all([client.ready(), other.ready()]);
    let starts = 0;
    other.on('typing_start', () => (starts += 1));
    for (let key = 0; key < 20; key += 1) client.typing.input(roomId);
    await expect.poll(() => other.typing.in(roomId), within).toEqual([alice.id]);
    client.typing.stop(roomId);
    await expect.poll(() => other.typing.in(roomId), within).toEqual([]);
    expect(starts).toBe(1);
  });
});

const withTicket = expect.stringMatching(/^\?ticket=/) as unknown;

/** Notes what stands behind the question mark of each address. @param cut which of them are cut before they are open */
function notedSockets({ cut = [] }: { cut?: readonly number[] } = {}) {
  const addresses: string[] = [];
  class Noted extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      if (cut.includes(addresses.length)) this.terminate();
      addresses.push(new URL(url).search);
    }
  }
  return { addresses, Noted };
}
