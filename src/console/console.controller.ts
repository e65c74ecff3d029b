import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { Public } from '../auth/access.js';
import { type ConsoleFile, ConsoleFiles } from './console-files.js';

/**
 * Nothing inline and nothing from elsewhere; the page speaks to this server only, and stands in no frame. 'self' means the
 * socket, too, in every browser the page is built for.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** Asked about at each visit; what is named after its content never changes. */
const REVALIDATE = 'no-cache';
const FOREVER = 'public, max-age=31536000, immutable';

/** The shell of the console: the same for everybody, without data. What it shows comes over REST and /ws, by their rules. */
@Public()
@SkipThrottle()
@Controller('console')
export class ConsoleController {
  constructor(private readonly files: ConsoleFiles) {}

  @Get()
  async shell(@Req() request: Request, @Res() response: Response): Promise<void> {
    serve(await this.files.shell(), REVALIDATE, request, response);
  }

  @Get('assets/:name')
  async asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    serve(await this.files.asset(name), FOREVER, request, response);
  }
}

function serve({ content, type, etag }: ConsoleFile, cacheControl: string, request: Request, response: Response): void {
  response.set({
    'Cache-Control': cacheControl,
    'Content-Security-Policy': POLICY,
    ETag: etag,
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
  });
  if (request.fresh) response.status(304).end();
  else response.set('Content-Type', type).end(content);
}
