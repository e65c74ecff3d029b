import type { Abstract, Provider, Type } from '@nestjs/common';

/** The siblings behind a port. */
export interface Adapters<Port> {
  readonly memory: Type<Port>;
}

/** The one place that chooses what stands behind a port. A node without REDIS_URL keeps everything in memory. */
export function adapter<Port>(port: Abstract<Port>, adapters: Adapters<Port>): Provider {
  return { provide: port, useClass: adapters.memory };
}
