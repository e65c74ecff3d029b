import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminOnly } from '../auth/access.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { iso } from '../common/clock.js';
import { IdParam } from '../common/id-param.js';
import { cursorKey, page, type Page, PageQuery } from '../common/page.js';
import { Problem } from '../common/problem.js';
import { timestamp, uuid } from '../protocol/index.js';
import { ConnectionRegistry, type LiveConnection } from './connection-registry.js';
import { Connections } from './connections.js';

const connectionView = z
  .strictObject({
    id: uuid,
    user_id: uuid,
    session_id: uuid,
    node: z.string(),
    ip: z.string(),
    user_agent: z.string(),
    connected_at: timestamp,
  })
  .meta({ id: 'Connection' });
type ConnectionView = z.input<typeof connectionView>;

/** The live sockets of all nodes, for administrators. */
@AdminOnly()
@Controller('admin/connections')
export class ConnectionsController {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly connections: Connections,
  ) {}

  @Get()
  @Answers(200, 'Connections', pageOf(connectionView))
  async list(@Query() query: PageQuery): Promise<Page<ConnectionView>> {
    const rows = await this.registry.list(cursorKey(query) ?? null, query.limit + 1);
    return page(rows, query, ({ id }) => id, view);
  }

  @Delete(':id')
  @Answers(200, 'Connection closed', null, 'connection_not_found')
  async close(@Param('id', new IdParam('connection_not_found')) id: string): Promise<void> {
    if (!(await this.registry.find(id))) throw new Problem('connection_not_found');
    this.connections.closeAnywhere(id, 'normal', 'closed by an administrator');
  }
}

function view({ id, userId, sessionId, nodeId, address, userAgent, connectedAt }: LiveConnection): ConnectionView {
  return {
    id,
    user_id: userId,
    session_id: sessionId,
    node: nodeId,
    ip: address,
    user_agent: userAgent,
    connected_at: iso(connectedAt),
  };
}
