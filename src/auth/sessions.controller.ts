import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { Answers, pageOf } from '../common/api-doc.js';
import { IdParam } from '../common/id-param.js';
import { page, PageQuery } from '../common/page.js';
import { CurrentIdentity } from './access.js';
import type { Identity } from './identity.js';
import { Sessions } from './sessions.service.js';
import { sessionView, showSession } from './views.js';

@Controller('auth/sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  @Answers(200, 'Your sessions', pageOf(sessionView))
  async list(@CurrentIdentity() { userId, sessionId }: Identity, @Query() query: PageQuery) {
    const sessions = await this.sessions.ofUser(userId, query);
    return page(
      sessions,
      query,
      ({ id }) => id,
      (session) => showSession(session, sessionId),
    );
  }

  @Delete(':id')
  @Answers(200, 'Session ended', null, 'session_not_found')
  async end(
    @CurrentIdentity() { userId }: Identity,
    @Param('id', new IdParam('session_not_found')) id: string,
  ): Promise<void> {
    await this.sessions.end(userId, id);
  }
}
