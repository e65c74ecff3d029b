import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Broker } from '../cluster/broker.js';
import { Signals } from '../cluster/signals.js';
import { Clock } from '../common/clock.js';
import { FreshCache } from '../common/fresh-cache.js';
import { goOn, type Soon, together } from '../common/soon.js';
import { PresenceSettings } from '../config/settings.js';
import { ask } from '../database/ask.js';
import { placeholders } from '../database/raw.js';
import { Audience } from '../presence/audience.js';
import { MembershipRecord } from './membership.entity.js';
import { roomTopic } from './room-topic.js';

/** How long what was read is good, unless a change is heard of; in milliseconds. */
const FRESH_MS = 10_000;
const MAX_USERS = 20_000;
const MAX_ROOMS = 4000;

const ROOMS_OF = 'SELECT room_id AS roomId FROM memberships WHERE user_id = ?';

const roomsOfAll = (userIds: readonly string[]) =>
  `SELECT user_id AS userId, room_id AS roomId FROM memberships WHERE user_id IN (${placeholders(userIds)})`;

/** The members of rooms that have at most so many; of a larger one no more is read than it takes to tell. */
const membersOfSmall = (rooms: readonly string[]) => `
  SELECT r.id AS roomId, m.user_id AS userId
  FROM rooms r JOIN memberships m ON m.room_id = r.id
  WHERE r.id IN (${placeholders(rooms)})
    AND (SELECT 1 FROM memberships e WHERE e.room_id = r.id LIMIT 1 OFFSET ?) IS NULL`;

/** The members of a room whose members watch each other by themselves; undefined where the room is too large for that. */
type Watchers = readonly string[] | undefined;

/**
 * Who is in which room. What every newcomer and every change of status asks is kept for seconds, and forgotten as soon
 * as a change is heard of: whoever joins or leaves, on whatever node, is subscribed or unsubscribed everywhere.
 */
@Injectable()
export class Memberships extends Audience {
  private readonly rooms: FreshCache<readonly string[]>;
  private readonly watchers: FreshCache<Watchers>;

  constructor(
    @InjectRepository(MembershipRecord) private readonly records: Repository<MembershipRecord>,
    private readonly settings: PresenceSettings,
    signals: Signals,
    broker: Broker,
    clock: Clock,
  ) {
    super();
    this.rooms = new FreshCache(clock, FRESH_MS, MAX_USERS);
    this.watchers = new FreshCache(clock, FRESH_MS, MAX_ROOMS);
    signals.on('subscription', ({ userIds, topic }) => {
      for (const userId of userIds) this.rooms.forget(userId);
      this.watchers.forget(topic);
    });
    signals.on('recheck', ({ userIds }) => {
      for (const userId of userIds) this.rooms.forget(userId);
      this.watchers.clear();
    });
    broker.onGap(() => {
      this.rooms.clear();
      this.watchers.clear();
    });
  }

  roomsOf(userId: string): Soon<readonly string[]> {
    return this.rooms.read(userId, () => {
      const rows = ask<{ roomId: string }>(this.records.manager.dataSource, ROOMS_OF, [userId]);
      return goOn(rows, (all) => all.map(({ roomId }) => roomId));
    });
  }

  /** The rooms of many users, as they are stored now; who asks for one of them next is told no less. */
  async roomsOfAll(userIds: readonly string[]): Promise<Map<string, Set<string>>> {
    const found = new Map(userIds.map((userId) => [userId, new Set<string>()]));
    for (const userId of userIds) this.rooms.forget(userId);
    const rows = await this.records.query<{ userId: string; roomId: string }[]>(roomsOfAll(userIds), [...userIds]);
    for (const { userId, roomId } of rows) found.get(userId)?.add(roomId);
    return found;
  }

  async membersOf(roomId: string): Promise<string[]> {
    const rows = await this.records.find({ select: { userId: true }, where: { roomId } });
    return rows.map(({ userId }) => userId);
  }

  async of(userId: string): Promise<{ to: string[]; among: string[] }> {
    const rooms = await this.roomsOf(userId);
    const watchers = await this.watchersOf(rooms);
    return { to: rooms.filter((_, index) => watchers[index]).map(roomTopic), among: rooms.map(roomTopic) };
  }

  peers(userId: string): Soon<string[]> {
    const watchers = goOn(this.roomsOf(userId), (rooms) => this.watchersOf(rooms));
    return goOn(watchers, (all) => {
      const peers = new Set<string>();
      for (const members of all) if (members) for (const member of members) peers.add(member);
      peers.delete(userId);
      return [...peers];
    });
  }

  async sharing(userId: string, others: readonly string[]): Promise<Set<string>> {
    if (others.every((other) => other === userId)) return new Set([userId]);
    const rows = await this.records
      .createQueryBuilder('mine')
      .innerJoin(MembershipRecord, 'fellow', 'fellow.roomId = mine.roomId')
      .select('fellow.userId', 'id')
      .distinct(true)
      .where('mine.userId = :userId', { userId })
      .andWhere('fellow.userId IN (:...others)', { others })
      .getRawMany<{ id: string }>();
    return new Set([userId, ...rows.map(({ id }) => id)]);
  }

  /** Of each of the rooms, in their order; those that are not known are asked for at once. */
  private watchersOf(rooms: readonly string[]): Soon<Watchers[]> {
    const unknown: string[] = [];
    let loaded: Promise<Map<string, string[]>> | undefined;
    const load = async (room: string) => {
      unknown.push(room);
      loaded ??= Promise.resolve().then(() => this.loadWatchers(unknown));
      return (await loaded).get(room);
    };
    return together(rooms.map((room) => this.watchers.read(roomTopic(room), () => load(room))));
  }

  private async loadWatchers(rooms: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const rows = await this.records.query<{ roomId: string; userId: string }[]>(membersOfSmall(rooms), [
      ...rooms,
      this.settings.autoWatch,
    ]);
    for (const { roomId, userId } of rows) {
      const members = found.get(roomId);
      if (members) members.push(userId);
      else found.set(roomId, [userId]);
    }
    return found;
  }
}
