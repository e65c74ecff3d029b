import { Controller, Get, Header } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../auth/access.js';
import { asyncApiDocument } from './asyncapi.js';
import { wsPage } from './ws-page.js';

/** What goes over /ws, for people and for tools. */
@Public()
@SkipThrottle()
@Controller('docs')
export class DocsController {
  private readonly page = wsPage();
  private readonly document = asyncApiDocument();

  @Get('ws')
  @Header('Content-Type', 'text/html; charset=utf-8')
  ws(): string {
    return this.page;
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    return this.document;
  }
}
