import { describe, expect, it } from 'vitest';
import { clientEnvelope, serverMessages } from '../../src/protocol/index.js';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { connect, type TestSocket } from '../support/socket.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function annConnected(env: Record<string, string> = {}): Promise<TestSocket> {
  const app = await startApp({ env });
  return connect(app.wsUrl, (await newPerson(app, 'ann')).token);
}

function errorOf(frame: { data: unknown }): {
  code: string;
  message: string;
  details?: { field: string; message: string }[];
} {
  return frame.data as never;
}

describe('A frame of the server', () => {
  it('is an envelope with type, data, timestamp and a fresh id', async () => {
    const socket = await annConnected();
    socket.send({ type: 'ping', data: {} });
    const pong = await socket.next('pong');
    expect(pong).toEqual({
      type: 'pong',
      data: null,
      timestamp: expect.stringMatching(TIMESTAMP),
      id: expect.stringMatching(UUID),
    });
    expect(new Set(socket.frames.map(({ id }) => id)).size).toBe(socket.frames.length);
  });

  it('begins with connected, whose data is as the catalogue says', async () => {
    const socket = await annConnected();
    const connected = serverMessages.find(({ type }) => type === 'connected');
    expect(connected?.data.safeParse(socket.frames[0]?.data).error).toBeUndefined();
  });
});

describe('An answer', () => {
  it('comes exactly once to a request with an id, with that id as reply_to', async () => {
    const socket = await annConnected();
    for (const id of ['1', 'a b c', '~'.repeat(64)]) {
      socket.send({ type: 'ping', id });
      await socket.next(({ reply_to }) => reply_to === id);
    }
    await socket.settled();
    expect(socket.ofType('pong').map(({ reply_to }) => reply_to)).toEqual(['1', 'a b c', '~'.repeat(64), 'request-1']);
  });

  it('comes in the order of the requests', async () => {
    const socket = await annConnected();
    const ids = Array.from({ length: 500 }, (_, index) => `n${index}`);
    for (const [index, id] of ids.entries()) {
      socket.send(
        index % 3 === 0
          ? { type: 'presence_unsubscribe', data: { user_ids: [crypto.randomUUID()] }, id }
          : { type: 'ping', id },
      );
    }
    await socket.next(({ reply_to }) => reply_to === ids.at(-1));
    expect(socket.frames.flatMap(({ reply_to }) => reply_to ?? [])).toEqual(ids);
  });

  it('is not given to a request without an id, but for pongs and errors', async () => {
    const socket = await annConnected();
    await socket.settled();
    const before = socket.frames.length;
    socket.send({ type: 'presence_unsubscribe', data: { user_ids: [crypto.randomUUID()] } });
    await socket.settled();
    expect(socket.frames.slice(before).map(({ type }) => type)).toEqual(['pong']);
  });
});

describe('Bad input', () => {
  const cases: [string, string, string, string | undefined][] = [
    ['no JSON', 'hello', 'bad_json', undefined],
    ['half of a JSON', '{"type":"ping"', 'bad_json', undefined],
    ['60 KiB of brackets', '['.repeat(60 * 1024), 'bad_json', undefined],
    ['an array', '[]', 'bad_envelope', undefined],
    ['null', 'null', 'bad_envelope', undefined],
    ['a number', '1e400', 'bad_envelope', undefined],
    ['no type', '{"id":"x"}', 'bad_envelope', 'x'],
    ['a type that is no text', '{"type":7,"id":"x"}', 'bad_envelope', 'x'],
    ['an id that is no text', '{"type":"ping","id":7}', 'bad_envelope', undefined],
    ['an id that is too long', `{"type":"ping","id":"${'x'.repeat(65)}"}`, 'bad_envelope', undefined],
    ['an id with control characters', '{"type":"ping","id":"a\\u0000"}', 'bad_envelope', undefined],
    ['an unknown field', '{"type":"ping","id":"x","extra":1}', 'bad_envelope', 'x'],
    ['__proto__ in the envelope', '{"type":"ping","id":"x","__proto__":{"a":1}}', 'bad_envelope', 'x'],
    ['an unknown type', '{"type":"nonsense","id":"x"}', 'unknown_type', 'x'],
    ['a type of every object', '{"type":"constructor","id":"x"}', 'unknown_type', 'x'],
    ['unknown fields in data', '{"type":"ping","data":{"a":1},"id":"x"}', 'validation_failed', 'x'],
    ['__proto__ in data', '{"type":"ping","data":{"__proto__":{"a":1}},"id":"x"}', 'validation_failed', 'x'],
    [
      'a constructor in data',
      '{"type":"ping","data":{"constructor":{"prototype":{"a":1}}},"id":"x"}',
      'validation_failed',
      'x',
    ],
    ['missing data', '{"type":"typing_start","id":"x"}', 'validation_failed', 'x'],
    ['a wrong type in data', '{"type":"typing_start","data":{"room_id":7},"id":"x"}', 'validation_failed', 'x'],
    ['a lone surrogate', '{"type":"typing_start","data":{"room_id":"\\ud800"},"id":"x"}', 'validation_failed', 'x'],
  ];
  it.each(cases)('%s: is answered, and the connection lives', async (_, text, code, replyTo) => {
    const socket = await annConnected();
    const sent = performance.now();
    socket.send(text);
    const error = await socket.next('error');
    expect(performance.now() - sent).toBeLessThan(500);
    expect(errorOf(error).code).toBe(code);
    expect(error.reply_to).toBe(replyTo);
    await socket.settled();
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  it('names the wrong field and never says what was in it', async () => {
    const socket = await annConnected();
    const error = await socket.request('user_status_change', { status: 'geheim', extra: 'rahasia' });
    expect(
      errorOf(error)
        .details?.map(({ field }) => field)
        .sort(),
    ).toEqual(['extra', 'status']);
    expect(JSON.stringify(error)).not.toMatch(/geheim|rahasia/);
  });

  it('with thousands of unknown fields is answered briefly', async () => {
    const socket = await annConnected();
    const data = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1]));
    const error = await socket.request('ping', data);
    expect(errorOf(error).code).toBe('validation_failed');
    expect(JSON.stringify(error).length).toBeLessThan(2000);
  });

  it('closes the connection with 4509 at the tenth time in a minute', async () => {
    const socket = await annConnected();
    for (let turn = 0; turn < 10; turn += 1) socket.send('{');
    expect(await socket.ended()).toMatchObject({ code: 4509 });
    expect(socket.ofType('error')).toHaveLength(10);
  });

  it('that is binary closes with 1003, that is too big with 1009', async () => {
    const binary = await annConnected();
    binary.raw.send(Buffer.from('{"type":"ping"}'));
    expect(await binary.ended()).toMatchObject({ code: 1003 });
    const big = await annConnected();
    big.send(JSON.stringify({ type: 'ping', id: 'x'.repeat(65_536) }));
    expect(await big.ended()).toMatchObject({ code: 1009 });
  });

  it('in a timestamp is ignored: a client’s clock is never trusted', async () => {
    const socket = await annConnected();
    expect(clientEnvelope.safeParse({ type: 'ping', timestamp: 'yesterday' }).success).toBe(true);
    socket.send({ type: 'ping', timestamp: '1970-01-01T00:00:00.000Z', id: 'x' });
    const { timestamp } = await socket.next(({ reply_to }) => reply_to === 'x');
    expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(5000);
  });
});

describe('The message rate', () => {
  it('refuses what is over it, says when to go on, and counts none of it as bad input', async () => {
    const socket = await annConnected({ RATE_LIMIT_MESSAGES: '20/60s' });
    for (let turn = 0; turn < 40; turn += 1) socket.send({ type: 'ping', id: `n${turn}` });
    const last = await socket.next(({ reply_to }) => reply_to === 'n39');
    expect(last).toMatchObject({ type: 'error', data: { code: 'rate_limited', retry_after_ms: expect.any(Number) } });
    expect(socket.ofType('pong')).toHaveLength(20);
    expect(socket.ofType('error')).toHaveLength(20);
    expect(socket.closed).toBeUndefined();
  });
});
