import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuthModule } from '../auth/auth.module.js';
import { adapter } from '../cluster/adapter-provider.js';
import { OriginsModule } from '../origins/origins.module.js';
import { Arrivals } from './arrivals.js';
import type { Check } from './attempt.js';
import { CatchUp } from './catch-up.js';
import { CapacityCheck } from './checks/capacity.js';
import { CredentialsCheck } from './checks/credentials.js';
import { OriginCheck } from './checks/origin.js';
import { PathCheck } from './checks/path.js';
import { RateCheck } from './checks/rate.js';
import { SessionCheck } from './checks/session.js';
import { TokenCheck } from './checks/token.js';
import { UpgradeCheck } from './checks/upgrade.js';
import { UserLimitCheck } from './checks/user-limit.js';
import { ConnectionGateway } from './connection.gateway.js';
import { ConnectionOpener } from './connection-opener.js';
import { ConnectionRegistry } from './connection-registry.js';
import { MemoryConnectionRegistry } from './connection-registry.memory.js';
import { RedisConnectionRegistry } from './connection-registry.redis.js';
import { Connections } from './connections.js';
import { ConnectionsController } from './connections.controller.js';
import { Drain } from './drain.js';
import { Endpoints } from './endpoints.js';
import { Evictions } from './evictions.js';
import { Fanout } from './fanout.js';
import { CHECKS, Handshake } from './handshake.js';
import { Heartbeat } from './heartbeat.js';
import { Hub } from './hub.js';
import { Load } from './load.js';
import { Places } from './places.js';
import { ProblemWsFilter } from './problem.ws-filter.js';
import { Rounds } from './rounds.js';
import { Rechecking } from './rechecking.js';
import { Router } from './router.js';
import { TokenExpiry } from './token-expiry.js';
import { Welcome } from './welcome.js';
import { WsJwtGuard } from './ws-jwt.guard.js';
import { WsThrottlerGuard } from './ws-throttler.guard.js';
import { WsTicketController } from './ws-ticket.controller.js';

/** In the order in which a handshake is asked. */
const checks = [
  PathCheck,
  UpgradeCheck,
  CapacityCheck,
  RateCheck,
  OriginCheck,
  CredentialsCheck,
  TokenCheck,
  SessionCheck,
  UserLimitCheck,
];

/** Sockets and fan-out. Knows no feature: features subscribe, observe and publish. */
@Module({
  imports: [AuthModule, DiscoveryModule, OriginsModule],
  controllers: [WsTicketController, ConnectionsController],
  providers: [
    ...checks,
    { provide: CHECKS, useFactory: (...instances: Check[]) => instances, inject: checks },
    adapter(ConnectionRegistry, { memory: MemoryConnectionRegistry, redis: RedisConnectionRegistry }),
    Places,
    Arrivals,
    Handshake,
    Hub,
    Connections,
    Fanout,
    Endpoints,
    ProblemWsFilter,
    WsJwtGuard,
    WsThrottlerGuard,
    Router,
    Evictions,
    CatchUp,
    Rounds,
    Rechecking,
    Welcome,
    Heartbeat,
    TokenExpiry,
    Load,
    ConnectionOpener,
    Drain,
    ConnectionGateway,
  ],
  exports: [Connections, Fanout],
})
export class RealtimeModule {}
