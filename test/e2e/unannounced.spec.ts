import { getRepositoryToken } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { SessionRecord } from '../../src/auth/session.entity.js';
import { RoomStore } from '../../src/rooms/room-store.js';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { enter } from '../support/scene.js';

/** A node on which Budi has a socket, and what a node does that stores a change and dies before it tells anybody. */
async function setting() {
  const node = await startApp();
  const [ani, budi] = [await newPerson(node, 'ani'), await newPerson(node, 'budi')];
  const room = async (...members: string[]) =>
    (await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar', member_ids: members })).id;
  const sessions = node.app.get<Repository<SessionRecord>>(getRepositoryToken(SessionRecord), { strict: false });
  return { node, ani, budi, room, store: node.app.get(RoomStore), sessions, atBudi: await enter(node, budi) };
}

describe('What was stored and told to nobody', () => {
  it('is told to a member who is added again: once', async () => {
    const { ani, budi, room, store, atBudi } = await setting();
    const id = await room();
    await store.addMember(id, budi.id);
    for (let times = 0; times < 3; times += 1) await ani.succeed('PUT', `rooms/${id}/members/${budi.id}`);
    expect((await atBudi.next('room_added')).data).toMatchObject({ id, role: 'member' });
    expect((await atBudi.request('typing_start', { room_id: id })).type).toBe('ack');
    await ani.succeed('PUT', `rooms/${id}/members/${budi.id}`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(atBudi.ofType('room_added')).toHaveLength(1);
  });

  it.each(['ani', 'budi'] as const)('is told to a member whom %s removes again: once', async (who) => {
    const { ani, budi, room, store, atBudi } = await setting();
    const id = await room(budi.id);
    await atBudi.next('room_added');
    await store.removeMember(id, budi.id);
    const by = { ani, budi }[who];
    const { status } = await by.call('DELETE', `rooms/${id}/members/${budi.id}`);
    expect(status).toBe(who === 'ani' ? 200 : 404);
    expect((await atBudi.next('room_removed')).data).toEqual({ room_id: id });
    expect((await atBudi.request('typing_start', { room_id: id })).type).toBe('error');
    expect(atBudi.ofType('room_removed')).toHaveLength(1);
  });

  it('closes the sockets of a session that its user ends again', async () => {
    const { node, budi, sessions, atBudi } = await setting();
    const laptop = await budi.elsewhere(node.url);
    await sessions.delete({ id: budi.sessionId });
    expect((await laptop.call('DELETE', `auth/sessions/${budi.sessionId}`)).status).toBe(404);
    expect((await atBudi.ended()).code).toBe(4500);
  });
});
