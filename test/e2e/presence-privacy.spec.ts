import { describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { enter, nodes, roomOf } from '../support/scene.js';
import { connect, type TestSocket } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

const GRACE_MS = 5000;
const T0 = Date.UTC(2030, 0, 1);

/** Somebody with something to hide, and somebody who records everything that can be known of it. */
class Stage {
  readonly sockets: TestSocket[] = [];
  private readonly log: unknown[] = [];

  private constructor(
    /** The one where things are done, and the one where they are observed; on one node they are the same. */
    private readonly here: TestApp,
    private readonly there: TestApp,
    readonly clock: TestClock,
    readonly ani: Person,
    readonly budi: Person,
    readonly room: string,
    readonly ears: TestSocket,
  ) {}

  static async set(count: number): Promise<Stage> {
    const clock = new TestClock(T0);
    const apps = await nodes(Array.from({ length: count }, () => clock));
    const [here, there] = [apps[0]!, apps[count - 1]!];
    const [ani, budi] = [await newPerson(here, 'ani'), await newPerson(there, 'budi')];
    const room = await roomOf([budi, ani]);
    const ears = await enter(there, budi);
    await ears.request('presence_subscribe', { user_ids: [ani.id] });
    return new Stage(here, there, clock, ani, budi, room, ears);
  }

  async open(): Promise<TestSocket> {
    const socket = await enter(this.here, this.ani);
    this.sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    await this.sockets.pop()!.close();
    await expect.poll(() => this.openSockets()).toBe(this.sockets.length);
  }

  async wait(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async choose(status: string, forMs?: number): Promise<void> {
    const expires_at = forMs && new Date(this.clock.now() + forMs).toISOString();
    await this.ani.succeed('PUT', 'presence/me', { status, ...(expires_at && { expires_at }) });
  }

  async type(): Promise<void> {
    for (const type of ['typing_start', 'typing_start', 'typing_stop', 'typing_start']) {
      await this.sockets[0]!.request(type, { room_id: this.room });
    }
  }

  /** Everything the observer can ask for and open. */
  async look(): Promise<void> {
    const { ani, budi, room, ears } = this;
    const answers = [
      await budi.call('GET', `presence?user_ids=${ani.id}`),
      await budi.call('GET', `rooms/${room}/members`),
      await budi.call('GET', `rooms/${room}`),
      await budi.call('GET', 'rooms'),
      await budi.call('GET', `users/${ani.id}`),
    ];
    for (const { status, body } of answers) this.log.push({ status, body });
    this.log.push((await ears.request('presence_subscribe', { user_ids: [ani.id] })).data);
    const again = await connect(this.there.wsUrl, budi.token);
    this.log.push((await again.next('presence_snapshot')).data);
    this.log.push(again.frames.map(({ type }) => type));
    await again.close();
  }

  /** A room more, with somebody hidden in it, and then without. */
  async gather(): Promise<void> {
    const room = await roomOf([this.budi]);
    await this.budi.succeed('PUT', `rooms/${room}/members/${this.ani.id}`);
    await this.look();
    await this.budi.succeed('DELETE', `rooms/${room}/members/${this.ani.id}`);
    await this.budi.succeed('DELETE', `rooms/${room}`);
  }

  /** Where in the record the observer is from now on. */
  begin(): void {
    this.ears.frames.length = 0;
    this.log.length = 0;
  }

  /** What the observer got, without what differs between any two runs. */
  async record(): Promise<string> {
    await this.ears.settled();
    const events = this.ears.frames.filter(({ reply_to }) => reply_to === undefined);
    const text = JSON.stringify({ events, log: this.log }, null, 1);
    const names = new Map([
      [this.ani.id, 'ani'],
      [this.budi.id, 'budi'],
      [this.room, 'room'],
    ]);
    return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => names.get(id) ?? 'an id');
  }

  /** Those that the server counts, without the observer's. */
  private async openSockets(): Promise<number> {
    const metrics = await (await fetch(`${this.here.url}/metrics`)).text();
    return Number(/^hadir_connections (\d+)/m.exec(metrics)![1]) - (this.here === this.there ? 1 : 0);
  }
}

/** All that can happen to somebody hidden short of a connect, which ends offline and does not end invisible. */
async function repertoire(count: number, status: 'invisible' | 'offline'): Promise<string> {
  const stage = await Stage.set(count);
  await stage.open();
  await stage.open();
  await stage.type();
  stage.begin();
  await stage.choose(status);
  await stage.look();
  await stage.type();
  await stage.wait(9000);
  await stage.gather();
  await stage.choose(status, 60_000);
  await stage.close();
  await stage.look();
  await stage.wait(30_000);
  await stage.look();
  await stage.wait(30_000);
  await stage.look();
  await stage.type();
  await stage.choose(status);
  await stage.wait(1000);
  await stage.choose('busy');
  await stage.choose(status);
  await stage.close();
  await stage.wait(GRACE_MS * 2);
  await stage.look();
  await stage.choose('online');
  await stage.wait(1000);
  await stage.look();
  return stage.record();
}

/** Offline at a given moment by one of three ways; then, unless it is by leaving for good, a busy life in hiding. */
async function vanished(count: number, how: 'invisible' | 'offline' | 'left'): Promise<string> {
  const stage = await Stage.set(count);
  await stage.open();
  await stage.wait(1234);
  stage.begin();
  if (how === 'left') await stage.close();
  await stage.wait(GRACE_MS);
  if (how !== 'left') await stage.choose(how);
  await stage.ears.until(() => stage.ears.ofType('user_status_change')[0], 'offline');
  await stage.look();
  if (how === 'invisible') await busyLife(stage);
  await stage.wait(70_000);
  await stage.gather();
  if (how === 'invisible') await busyLife(stage);
  await stage.wait(70_000);
  await stage.look();
  return stage.record();
}

async function busyLife(stage: Stage): Promise<void> {
  const second = await stage.open();
  await stage.type();
  await second.request('presence_subscribe', { user_ids: [stage.budi.id, stage.ani.id] });
  await stage.choose('invisible');
  await stage.ani.succeed('GET', 'presence/me');
  await stage.close();
  await second.ended();
}

describe.each([
  ['on one node', 1],
  ['on another node', 2],
])('Whoever looks at somebody invisible, %s,', (_, count) => {
  it('gets the same frames and answers as of somebody offline, whatever the hidden one does', async () => {
    const invisible = await repertoire(count, 'invisible');
    expect(invisible).toBe(await repertoire(count, 'offline'));
    expect(invisible).toContain('user_status_change');
    expect(invisible).not.toContain('"invisible"');
  });

  it('cannot tell them from somebody who has left, however often they come and go', async () => {
    const left = await vanished(count, 'left');
    expect(left).toContain('user_status_change');
    expect(await vanished(count, 'invisible')).toBe(left);
    expect(await vanished(count, 'offline')).toBe(left);
  });
});
