import { Controller, Get, Header } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { z } from 'zod';
import { Public } from '../auth/access.js';
import { AnswersPlain } from '../common/api-doc.js';
import { Metrics } from '../common/metrics.js';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** For Prometheus. Keep it inside: it says nothing of anybody, but a lot about the load. */
@Public()
@SkipThrottle()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  @AnswersPlain(200, z.string(), { contentType: 'text/plain' })
  read(): Promise<string> {
    return this.metrics.text();
  }
}
