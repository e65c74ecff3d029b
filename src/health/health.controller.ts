import { Controller, Get, Header } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { z } from 'zod';
import { Public } from '../auth/access.js';
import { AnswersPlain } from '../common/api-doc.js';
import { Problem } from '../common/problem.js';
import { Readiness } from '../common/readiness.js';
import type { ProblemDetail } from '../protocol/index.js';
import { Redis } from '../redis/redis.js';
import { DatabaseProbe } from './database-probe.js';

const live = z.strictObject({ status: z.literal('live') });
const ready = z.strictObject({ status: z.literal('ready') });

/** For whoever runs the process: restart it when it is not live, send it nothing while it is not ready. */
@Public()
@SkipThrottle()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DatabaseProbe,
    private readonly redis: Redis,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @AnswersPlain(200, live)
  live(): z.infer<typeof live> {
    return { status: 'live' };
  }

  /** @throws Problem unavailable, naming every part that is not up */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @AnswersPlain(200, ready, { refusals: ['unavailable'] })
  async ready(): Promise<z.infer<typeof ready>> {
    const details: ProblemDetail[] = [];
    if (this.readiness.isDraining) details.push({ field: 'server', message: 'is shutting down' });
    if (!(await this.database.answers())) details.push({ field: 'database', message: 'does not answer' });
    if (this.redis.isDown) details.push({ field: 'redis', message: 'does not answer' });
    if (details.length > 0) throw new Problem('unavailable', { details });
    return { status: 'ready' };
  }
}
