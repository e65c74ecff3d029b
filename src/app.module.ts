import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { ClusterModule } from './cluster/cluster.module.js';
import type { MemoryBackend } from './cluster/memory-backend.js';
import type { Clock } from './common/clock.js';
import { MetricsModule } from './common/metrics.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { ConsoleModule } from './console/console.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DirectoryModule } from './directory/directory.module.js';
import { DocsModule } from './docs/docs.module.js';
import { HealthModule } from './health/health.module.js';
import { PresenceModule } from './presence/presence.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { RedisModule } from './redis/redis.module.js';
import { MembershipsModule } from './rooms/memberships.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { TypingModule } from './typing/typing.module.js';
import { UsersModule } from './users/users.module.js';

@Module({})
export class AppModule {
  static with(settings: Settings, clock: Clock, backend: MemoryBackend): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(settings),
        ClusterModule.with(clock, backend),
        MetricsModule,
        RedisModule,
        DatabaseModule,
        UsersModule,
        AuthModule,
        DirectoryModule,
        RealtimeModule,
        MembershipsModule,
        PresenceModule,
        RoomsModule,
        TypingModule,
        HealthModule,
        DocsModule,
        ...(settings.server.consoleEnabled ? [ConsoleModule] : []),
      ],
    };
  }
}
