import { Body, Controller, Delete, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, IsUUID } from 'class-validator';
import type { z } from 'zod';
import { CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { IdParam } from '../common/id-param.js';
import { page, type Page, PageQuery } from '../common/page.js';
import { IsLine } from '../common/text.js';
import { roomView as view } from '../protocol/index.js';
import { RefusalsInterceptor } from './refusals.interceptor.js';
import { showRoom } from './room-events.js';
import { Rooms } from './rooms.service.js';

const MAX_NEW_MEMBERS = 100;

const roomView = view.meta({ id: 'Room', description: 'A room as one of its members sees it.' });
type RoomView = z.input<typeof roomView>;
const RoomId = () => Param('id', new IdParam('room_not_found'));

class RoomName {
  @IsLine(1, 100)
  name: string;
}

class NewRoom extends RoomName {
  /** Who is in it from the start, beside yourself. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_NEW_MEMBERS)
  @IsUUID('all', { each: true })
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(lowerCase) : value))
  member_ids?: string[];
}

/** The rooms of the caller. Of others nobody learns whether they exist. */
@Controller('rooms')
@UseInterceptors(RefusalsInterceptor)
export class RoomsController {
  constructor(private readonly rooms: Rooms) {}

  @Post()
  @Answers(201, 'Room created', roomView, 'too_many_rooms')
  async create(@CurrentIdentity() me: Identity, @Body() { name, member_ids = [] }: NewRoom): Promise<RoomView> {
    return showRoom(await this.rooms.create(me.userId, name, member_ids));
  }

  @Get()
  @Answers(200, 'Your rooms', pageOf(roomView))
  async list(@CurrentIdentity() me: Identity, @Query() query: PageQuery): Promise<Page<RoomView>> {
    return page(await this.rooms.list(me.userId, query), query, ({ id }) => id, showRoom);
  }

  @Get(':id')
  @Answers(200, 'Room', roomView, 'room_not_found')
  async find(@CurrentIdentity() me: Identity, @RoomId() id: string): Promise<RoomView> {
    return showRoom(await this.rooms.find(me.userId, id));
  }

  @Patch(':id')
  @Answers(200, 'Room renamed', roomView, 'room_not_found', 'not_room_owner')
  async rename(@CurrentIdentity() me: Identity, @RoomId() id: string, @Body() { name }: RoomName): Promise<RoomView> {
    return showRoom(await this.rooms.rename(me.userId, id, name));
  }

  @Delete(':id')
  @Answers(200, 'Room deleted', null, 'room_not_found', 'not_room_owner')
  async remove(@CurrentIdentity() me: Identity, @RoomId() id: string): Promise<void> {
    await this.rooms.remove(me.userId, id);
  }
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
