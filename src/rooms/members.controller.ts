import { Controller, Delete, Get, Param, Put, Query, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import { CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { IdParam } from '../common/id-param.js';
import { page, type Page, PageQuery } from '../common/page.js';
import { ROOM_ROLES, timestamp, uuid } from '../protocol/index.js';
import type { Member } from './room.js';
import { RefusalsInterceptor } from './refusals.interceptor.js';
import { Rooms } from './rooms.service.js';

const memberView = z
  .strictObject({ user_id: uuid, display_name: z.string(), role: z.enum(ROOM_ROLES), joined_at: timestamp })
  .meta({ id: 'Member' });
type MemberView = z.input<typeof memberView>;
const RoomId = () => Param('id', new IdParam('room_not_found'));
const UserId = () => Param('user_id', new IdParam('user_not_found'));

/** Who is in a room: its owner adds and removes, anyone may leave. */
@Controller('rooms/:id/members')
@UseInterceptors(RefusalsInterceptor)
export class MembersController {
  constructor(private readonly rooms: Rooms) {}

  @Get()
  @Answers(200, 'Members', pageOf(memberView), 'room_not_found')
  async list(
    @CurrentIdentity() me: Identity,
    @RoomId() id: string,
    @Query() query: PageQuery,
  ): Promise<Page<MemberView>> {
    return page(await this.rooms.members(me.userId, id, query), query, ({ userId }) => userId, show);
  }

  @Put(':user_id')
  @Answers(200, 'Member added', memberView, 'room_not_found', 'not_room_owner', 'user_not_found')
  async add(@CurrentIdentity() me: Identity, @RoomId() id: string, @UserId() userId: string): Promise<MemberView> {
    return show(await this.rooms.addMember(me.userId, id, userId));
  }

  @Delete(':user_id')
  @Answers(200, 'Member removed', null, 'room_not_found', 'not_room_owner', 'user_not_found')
  async remove(@CurrentIdentity() me: Identity, @RoomId() id: string, @UserId() userId: string): Promise<void> {
    await this.rooms.removeMember(me.userId, id, userId);
  }
}

function show({ userId, displayName, role, joinedAt }: Member): MemberView {
  return { user_id: userId, display_name: displayName, role, joined_at: joinedAt.toISOString() };
}
