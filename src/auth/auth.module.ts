import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { adapter } from '../cluster/adapter-provider.js';
import { RateLimiter } from '../cluster/rate-limiter.js';
import { ServerSettings } from '../config/settings.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { Accounts } from './accounts.service.js';
import { AuthController } from './auth.controller.js';
import { Auth } from './auth.service.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { Keyring } from './keyring.js';
import { LoginLimits } from './login-limits.js';
import { Logins } from './logins.service.js';
import { Passwords } from './passwords.js';
import { Rechecks } from './rechecks.js';
import { RefreshChain } from './refresh-chain.js';
import { RefreshTokens } from './refresh-tokens.js';
import { Registration } from './registration.js';
import { RestThrottlerGuard } from './rest-throttler.guard.js';
import { RestThrottlerStorage } from './rest-throttler.storage.js';
import { Revocations } from './revocations.js';
import { SecurityLog } from './security-log.js';
import { SessionSweeper } from './session-sweeper.js';
import { SessionRecord } from './session.entity.js';
import { SessionsController } from './sessions.controller.js';
import { Sessions } from './sessions.service.js';
import { Tickets } from './tickets.js';
import { MemoryTickets } from './tickets.memory.js';
import { RedisTickets } from './tickets.redis.js';

const throttler = ThrottlerModule.forRootAsync({
  inject: [ServerSettings, RateLimiter],
  useFactory: ({ restRate }: ServerSettings, limiter: RateLimiter) => ({
    throttlers: [{ limit: restRate?.count ?? 1, ttl: restRate?.windowMs ?? 1, skipIf: () => restRate === null }],
    storage: new RestThrottlerStorage(limiter),
  }),
});

/** Who is calling: accounts, sessions, tokens, and the guards before every route. The guards run in the order of this list. */
@Module({
  imports: [PassportModule, JwtModule.register({}), TypeOrmModule.forFeature([SessionRecord]), UsersModule, throttler],
  controllers: [AuthController, SessionsController],
  providers: [
    Keyring,
    AccessTokens,
    RefreshTokens,
    RefreshChain,
    Passwords,
    LoginLimits,
    Logins,
    Accounts,
    Registration,
    Auth,
    Sessions,
    SessionSweeper,
    Revocations,
    Rechecks,
    SecurityLog,
    JwtStrategy,
    adapter(Tickets, { memory: MemoryTickets, redis: RedisTickets }),
    { provide: APP_GUARD, useClass: RestThrottlerGuard },
    { provide: APP_GUARD, useClass: JwtAuthGuard },
  ],
  exports: [AccessTokens, Accounts, Sessions, Tickets, Revocations, Rechecks, SecurityLog],
})
export class AuthModule {}
