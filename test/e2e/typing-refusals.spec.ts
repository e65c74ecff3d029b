import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newPerson } from '../support/people.js';
import { enter, roomOf, scene } from '../support/scene.js';

describe('A room that is missing and one that is not mine', () => {
  it.each(['typing_start', 'typing_stop'])('are refused alike by %s', async (type) => {
    const { app } = await scene();
    const ani = await enter(app, await newPerson(app, 'ani'));
    const foreign = await roomOf([await newPerson(app, 'citra')]);
    const [missing, notMine] = [
      await ani.request(type, { room_id: randomUUID() }),
      await ani.request(type, { room_id: foreign }),
    ];
    expect(missing).toMatchObject({ type: 'error', data: { code: 'room_not_found' } });
    expect(notMine.data).toEqual(missing.data);
  });

  it('take equally long to refuse', async () => {
    const { app } = await scene();
    const ani = await newPerson(app, 'ani');
    const foreign = await roomOf([await newPerson(app, 'citra')]);
    const took: Record<'missing' | 'foreign', number[]> = { missing: [], foreign: [] };
    // Ten errors close a connection: each gets eight of them.
    while (took.foreign.length < 200) {
      const socket = await enter(app, ani);
      for (let index = 0; index < 8; index += 1) {
        const kind = index % 2 === 0 ? 'missing' : 'foreign';
        const began = performance.now();
        await socket.request('typing_start', { room_id: kind === 'missing' ? randomUUID() : foreign });
        took[kind].push(performance.now() - began);
      }
      await socket.close();
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
    expect(Math.abs(median(took.missing) - median(took.foreign))).toBeLessThan(5);
  });

  it.each([{}, { room_id: 'x' }, { room_id: 1 }, { room_id: randomUUID(), more: true }])(
    'need an id of a room: %j',
    async (data) => {
      const { app } = await scene();
      const ani = await enter(app, await newPerson(app, 'ani'));
      expect(await ani.request('typing_start', data)).toMatchObject({
        type: 'error',
        data: { code: 'validation_failed' },
      });
    },
  );
});
