import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { UsersModule } from '../users/users.module.js';
import { MembersController } from './members.controller.js';
import { MembershipRecord } from './membership.entity.js';
import { RoomDrift } from './room-drift.js';
import { RoomEvents } from './room-events.js';
import { RoomRecord } from './room.entity.js';
import { RoomStore } from './room-store.js';
import { RoomSubscriptions } from './room-subscriptions.js';
import { RoomsController } from './rooms.controller.js';
import { Rooms } from './rooms.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([RoomRecord, MembershipRecord]),
    UsersModule,
    AuthModule,
    RealtimeModule,
    PresenceModule,
  ],
  controllers: [RoomsController, MembersController],
  providers: [Rooms, RoomStore, RoomEvents, RoomSubscriptions, RoomDrift],
  exports: [Rooms],
})
export class RoomsModule {}
