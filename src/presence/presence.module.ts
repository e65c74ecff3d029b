import { Module } from '@nestjs/common';
import { adapter } from '../cluster/adapter-provider.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { Attendance } from './attendance.js';
import { MissedChanges } from './missed-changes.js';
import { OwnStatus } from './own-status.js';
import { PresenceAnnouncer } from './presence-announcer.js';
import { PresenceChoices } from './presence-choices.js';
import { PresenceController } from './presence.controller.js';
import { PresenceDoubts } from './presence-doubts.js';
import { PresenceGateway } from './presence.gateway.js';
import { PresenceGreeter } from './presence-greeter.js';
import { PresenceLease } from './presence-lease.js';
import { PresenceLens } from './presence-lens.js';
import { Presence } from './presence.service.js';
import { PresenceStore } from './presence-store.js';
import { MemoryPresenceStore } from './presence-store.memory.js';
import { RedisPresenceStore } from './presence-store.redis.js';
import { PresenceTicker } from './presence-ticker.js';
import { PresenceTracker } from './presence-tracker.js';
import { PresenceUpkeep } from './presence-upkeep.js';
import { UsersHere } from './users-here.js';
import { Watches } from './watches.js';

/** Who is here. Knows topics and users; who shares a room with whom it asks the Audience, which the rooms provide. */
@Module({
  imports: [RealtimeModule],
  controllers: [PresenceController],
  providers: [
    adapter(PresenceStore, { memory: MemoryPresenceStore, redis: RedisPresenceStore }),
    PresenceChoices,
    UsersHere,
    PresenceAnnouncer,
    PresenceTracker,
    PresenceLease,
    PresenceDoubts,
    PresenceUpkeep,
    PresenceTicker,
    PresenceLens,
    PresenceGreeter,
    Attendance,
    MissedChanges,
    OwnStatus,
    Watches,
    Presence,
    PresenceGateway,
  ],
  exports: [Presence],
})
export class PresenceModule {}
