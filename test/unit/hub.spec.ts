import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/realtime/connection.js';
import { textFrame } from '../../src/realtime/frame.js';
import { Hub } from '../../src/realtime/hub.js';
import { userTopic } from '../../src/realtime/topics.js';

/** As much of a connection as a hub knows of. */
class Listener {
  readonly topics = new Set<string>();
  heard = 0;
  isOpen = true;
  onHeard: () => void = () => undefined;

  constructor(readonly userId: string) {}

  isSubscribed = (topic: string) => this.topics.has(topic);
  subscribe = (topic: string) => !this.topics.has(topic) && this.topics.add(topic).size > 0;
  unsubscribe = (topic: string) => this.topics.delete(topic);

  send(): void {
    this.heard += 1;
    this.onHeard();
  }
}

const asConnection = (listener: Listener) => listener as unknown as Connection;
const FRAME = textFrame('hello');
const TOPICS = ['x', 'y', 'z'];
const topics = (minLength: number) => fc.uniqueArray(fc.constantFrom(...TOPICS, 'nobody'), { minLength });
const event = fc.record({
  to: topics(1),
  among: fc.option(topics(0), { nil: undefined }),
  exceptUser: fc.option(fc.constantFrom('ann', 'bob', 'who is not here'), { nil: undefined }),
});
const people = fc.array(fc.record({ user: fc.constantFrom('ann', 'bob', 'cid'), topics: topics(0) }), { maxLength: 6 });

function hubOf(listeners: readonly Listener[], subscriptions: readonly (readonly string[])[]): Hub {
  const hub = new Hub();
  for (const [index, listener] of listeners.entries())
    for (const topic of [userTopic(listener.userId), ...subscriptions[index]!])
      hub.subscribe(asConnection(listener), topic);
  return hub;
}

describe('A hub', () => {
  it('sends an event once to each who is subscribed to it, among those who may hear it, but for one user', () => {
    fc.assert(
      fc.property(people, event, (there, { to, among, exceptUser }) => {
        const listeners = there.map(({ user }) => new Listener(user));
        const hub = hubOf(
          listeners,
          there.map(({ topics: own }) => own),
        );
        const wanted = listeners.map(({ userId, topics: own }) => {
          const reached = to.some((topic) => own.has(topic) && (among?.some((one) => own.has(one)) ?? true));
          return reached && userId !== exceptUser ? 1 : 0;
        });
        const recipients = { to, ...(among && { among }), ...(exceptUser && { exceptUser }) };
        expect(hub.deliver(FRAME, recipients)).toBe(wanted.filter(Boolean).length);
        expect(listeners.map(({ heard }) => heard)).toEqual(wanted);
      }),
      { seed: 12, numRuns: 2000 },
    );
  });

  it.each([[['x']], [['x', 'y']]])('sends nothing to who has gone while it sends (%j)', (to) => {
    const [first, second, third] = ['ann', 'bob', 'cid'].map((name) => new Listener(name)) as [
      Listener,
      Listener,
      Listener,
    ];
    const hub = hubOf(
      [first, second, third],
      [
        ['x', 'y'],
        ['x', 'y'],
        ['x', 'y'],
      ],
    );
    first.onHeard = () => {
      second.isOpen = false;
      for (const topic of [...second.topics]) hub.unsubscribe(asConnection(second), topic);
      first.onHeard = () => undefined;
      hub.deliver(FRAME, { to: ['y'] });
    };
    expect(hub.deliver(FRAME, { to })).toBe(2);
    expect([first.heard, second.heard, third.heard]).toEqual([2, 0, 2]);
  });
});
