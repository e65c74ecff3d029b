import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.js';
import { ClusterModule } from '../cluster/cluster.module.js';
import { MemoryBackend } from '../cluster/memory-backend.js';
import { SystemClock } from '../common/clock.js';
import { MetricsModule } from '../common/metrics.module.js';
import { ConfigModule } from '../config/config.module.js';
import type { Settings } from '../config/settings.js';
import { DatabaseModule } from '../database/database.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuditLog } from './audit.js';

@Module({})
class CommandModule {}

/** Does work with the server's own services, on its database and its bus, as a node without sockets. */
export async function withServices<Result>(
  settings: Settings,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const imports = [
    ConfigModule.with(settings),
    ClusterModule.with(new SystemClock(), new MemoryBackend()),
    MetricsModule,
    RedisModule,
    DatabaseModule,
    UsersModule,
    AuthModule,
  ];
  const app = await NestFactory.createApplicationContext(
    { module: CommandModule, imports },
    { logger: new AuditLog(settings.log.format), abortOnError: false },
  );
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
