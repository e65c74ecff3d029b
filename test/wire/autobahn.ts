import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { envelopeOf, frame, PING, PONG, WireClient } from './wire-client.js';

/** A case of the Autobahn test suite: its id, what it does, and how it goes. */
export type AutobahnCase = readonly [id: string, title: string, run: (client: WireClient) => Promise<void>];

/** Runs the cases of a group, each on a connection of its own to one server. */
export function autobahnGroup(cases: readonly AutobahnCase[]): void {
  let app: TestApp;
  let ann: Person;
  beforeAll(async () => {
    app = await startApp({ env: { MAX_CONNECTIONS_PER_USER: '1000' } });
    ann = await newPerson(app, 'ann');
  });
  afterAll(() => app.close());
  it.each(cases)('%s %s', async (_id, _title, run) => run(await WireClient.open(app.url, ann.token)));
}

/** What stands before and after the bad frame, as in Autobahn: nothing that follows it may be handled. */
export function refused(bad: Buffer, { first = false, chop = 0 } = {}): AutobahnCase[2] {
  return async (client) => {
    const bytes = Buffer.concat([
      ...(first ? [frame(envelopeOf('before'))] : []),
      bad,
      frame(envelopeOf('after')),
      frame('', { opcode: PING }),
    ]);
    const piece = chop || bytes.length;
    for (let at = 0; at < bytes.length; at += piece) client.write(bytes.subarray(at, at + piece));
    expect(await client.closed()).toBe(1002);
    expect(client.raw.received.includes('"reply_to":"after"')).toBe(false);
    expect(client.frames.some(({ opcode }) => opcode === PONG)).toBe(false);
    if (first) expect(client.raw.received.includes('"reply_to":"before"')).toBe(true);
  };
}
