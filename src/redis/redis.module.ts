import { Global, Module } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { ClusterSettings } from '../config/settings.js';
import { Redis } from './redis.js';

/** The connections to Redis, open before anything else starts and closed after everything else has stopped. */
@Global()
@Module({
  providers: [
    {
      provide: Redis,
      inject: [ClusterSettings, Clock],
      useFactory: async ({ redisUrls, redisPrefix }: ClusterSettings, clock: Clock) => {
        const redis = new Redis({ urls: redisUrls, prefix: redisPrefix }, clock);
        await redis.open();
        return redis;
      },
    },
  ],
  exports: [Redis],
})
export class RedisModule {}
