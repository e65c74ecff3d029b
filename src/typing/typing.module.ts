import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { TypingGateway } from './typing.gateway.js';
import { TypingAnnouncer } from './typing-announcer.js';
import { TypingRelay } from './typing-relay.js';
import { Typing } from './typing.service.js';

/** Who is typing. In memory only: no database, nothing that outlives a few seconds. */
@Module({
  imports: [RealtimeModule, PresenceModule],
  providers: [TypingRelay, Typing, TypingAnnouncer, TypingGateway],
})
export class TypingModule {}
