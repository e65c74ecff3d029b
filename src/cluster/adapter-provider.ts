import { type Abstract, type FactoryProvider, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClusterSettings } from '../config/settings.js';

/** The siblings behind a port. */
export interface Adapters<Port> {
  readonly memory: Type<Port>;
  readonly redis: Type<Port>;
}

/** The one place that chooses what stands behind a port. A node without REDIS_URL keeps everything in memory. */
export function adapter<Port>(port: Abstract<Port>, { memory, redis }: Adapters<Port>): FactoryProvider<Port> {
  return {
    provide: port,
    inject: [ModuleRef, ClusterSettings],
    useFactory: (module: ModuleRef, { redisUrls }: ClusterSettings) => module.create(redisUrls ? redis : memory),
  };
}
