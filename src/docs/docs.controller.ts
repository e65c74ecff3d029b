import { Controller, Get, Header, Param } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../auth/access.js';
import { Problem } from '../common/problem.js';
import { type CloseCause, closeCodes, problemCodes } from '../protocol/index.js';
import { asyncApiDocument } from './asyncapi.js';
import { closeIndex, closePage, errorIndex, errorPage } from './code-pages.js';
import { wsPage } from './ws-page.js';

const HTML = ['Content-Type', 'text/html; charset=utf-8'] as const;

/** What goes over /ws, for people and for tools. */
@Public()
@SkipThrottle()
@Controller('docs')
export class DocsController {
  private readonly page = wsPage();
  private readonly document = asyncApiDocument();
  private readonly errors = new Map<string, string>(problemCodes.map((code) => [code, errorPage(code)]));
  private readonly closes = new Map(
    Object.entries(closeCodes).map(([cause, { code }]) => [String(code), closePage(cause as CloseCause)]),
  );
  private readonly errorIndex = errorIndex();
  private readonly closeIndex = closeIndex();

  @Get('ws')
  @Header(...HTML)
  ws(): string {
    return this.page;
  }

  @Get('errors')
  @Header(...HTML)
  allErrors(): string {
    return this.errorIndex;
  }

  @Get('errors/:code')
  @Header(...HTML)
  error(@Param('code') code: string): string {
    return found(this.errors.get(code));
  }

  @Get('close')
  @Header(...HTML)
  allCloses(): string {
    return this.closeIndex;
  }

  @Get('close/:code')
  @Header(...HTML)
  close(@Param('code') code: string): string {
    return found(this.closes.get(code));
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    return this.document;
  }
}

function found(page: string | undefined): string {
  if (page === undefined) throw new Problem('not_found');
  return page;
}
