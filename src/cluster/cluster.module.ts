import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { adapter } from './adapter-provider.js';
import { Broker } from './broker.js';
import { MemoryBroker } from './broker.memory.js';
import { RedisBroker } from './broker.redis.js';
import { Readiness } from '../common/readiness.js';
import { MemoryBackend } from './memory-backend.js';
import { NodeIdentity } from './node-identity.js';
import { RateLimiter } from './rate-limiter.js';
import { MemoryRateLimiter } from './rate-limiter.memory.js';
import { RedisRateLimiter } from './rate-limiter.redis.js';
import { Signals } from './signals.js';

/** What every node shares with the others, and what time it is there. */
@Global()
@Module({})
export class ClusterModule {
  static with(clock: Clock, backend: MemoryBackend): DynamicModule {
    return {
      module: ClusterModule,
      providers: [
        { provide: Clock, useValue: clock },
        { provide: MemoryBackend, useValue: backend },
        NodeIdentity,
        Readiness,
        adapter(Broker, { memory: MemoryBroker, redis: RedisBroker }),
        adapter(RateLimiter, { memory: MemoryRateLimiter, redis: RedisRateLimiter }),
        Signals,
      ],
      exports: [Clock, MemoryBackend, NodeIdentity, Readiness, Broker, RateLimiter, Signals],
    };
  }
}
