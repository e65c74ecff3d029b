import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsISO8601, IsOptional, IsUUID, Matches } from 'class-validator';
import { z } from 'zod';
import { CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { Answers } from '../common/api-doc.js';
import {
  MAX_PRESENCE_USERS,
  presence,
  shownPresence,
  type ShownPresence,
  type Status,
  STATUSES,
} from '../protocol/index.js';
import type { OwnStatusView } from './own-status.js';
import { Presence } from './presence.service.js';

const WITH_ZONE = /(Z|[+-]\d{2}:\d{2})$/;

export class PresenceQuery {
  /** Ids of users, separated by commas. */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PRESENCE_USERS)
  @IsUUID('all', { each: true })
  user_ids: string[];
}

export class StatusBody {
  @IsIn(STATUSES)
  status: Status;

  /** When the choice gives way to online. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(WITH_ZONE, { message: 'expires_at must say its time zone' })
  expires_at?: string;
}

const shownList = z.array(shownPresence.meta({ id: 'ShownPresence' }));
const ownView = presence.changeStatus.reply.meta({ id: 'OwnStatus' });

@Controller('presence')
export class PresenceController {
  constructor(private readonly presence: Presence) {}

  @Get()
  @Answers(200, 'Presence', shownList)
  list(@CurrentIdentity() { userId }: Identity, @Query() { user_ids }: PresenceQuery): Promise<ShownPresence[]> {
    return this.presence.shown(userId, user_ids);
  }

  @Get('me')
  @Answers(200, 'Your status', ownView)
  own(@CurrentIdentity() { userId }: Identity): Promise<OwnStatusView> {
    return this.presence.own(userId);
  }

  @Put('me')
  @Answers(200, 'Status changed', ownView)
  choose(@CurrentIdentity() { userId }: Identity, @Body() { status, expires_at }: StatusBody): Promise<OwnStatusView> {
    return this.presence.choose(userId, { status, ...(expires_at && { expires_at }) });
  }
}
