import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { z } from 'zod';
import { Public } from '../auth/access.js';
import { AnswersPlain } from '../common/api-doc.js';
import { Metrics } from '../common/metrics.js';
import { MetricsGuard } from './metrics.guard.js';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** For Prometheus. */
@Public()
@UseGuards(MetricsGuard)
@SkipThrottle()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  @AnswersPlain(200, z.string(), {
    contentType: 'text/plain',
    refusals: ['token_missing', 'token_invalid', 'not_found'],
  })
  read(): Promise<string> {
    return this.metrics.text();
  }
}
