import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { MaxLength, ValidateBy } from 'class-validator';
import { z } from 'zod';
import { AdminOnly, CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { SecurityLog } from '../auth/security-log.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { isoOrNull } from '../common/clock.js';
import { IdParam } from '../common/id-param.js';
import { parseOrigin } from '../common/origin.js';
import { cursorKey, page, type Page, PageQuery } from '../common/page.js';
import { timestamp, uuid } from '../protocol/index.js';
import { Origins, type WhitelistedOrigin } from './origins.service.js';

const originView = z
  .strictObject({
    id: uuid.nullable().describe('Null for an origin of the environment, which cannot be removed at run time'),
    origin: z.string(),
    source: z.enum(['environment', 'stored']),
    created_at: timestamp.nullable(),
  })
  .meta({ id: 'Origin' });
type OriginView = z.input<typeof originView>;

class NewOrigin {
  /** Scheme, host and, unless it is the scheme's own, port: https://app.example.com */
  @MaxLength(300)
  @ValidateBy({
    name: 'isOrigin',
    validator: {
      validate: (value) => typeof value === 'string' && parseOrigin(value) !== undefined,
      defaultMessage: () =>
        'must be an exact origin such as https://app.example.com, without path, wildcard or slash at the end',
    },
  })
  origin: string;
}

/** The whitelist of browser origins at run time. All nodes follow within a second. */
@AdminOnly()
@Controller('admin/origins')
export class OriginsController {
  constructor(
    private readonly origins: Origins,
    private readonly security: SecurityLog,
  ) {}

  @Get()
  @Answers(200, 'Allowed origins', pageOf(originView))
  list(@Query() query: PageQuery): Page<OriginView> {
    const after = cursorKey(query) ?? '';
    const rows = this.origins.list().filter((entry) => key(entry) > after);
    return page(rows, query, key, view);
  }

  @Post()
  @Answers(201, 'Origin allowed', originView, 'origin_exists')
  async add(@Body() { origin }: NewOrigin, @CurrentIdentity() admin: Identity): Promise<OriginView> {
    const added = await this.origins.add(origin);
    this.security.record('origin_added', { origin, user_id: admin.userId });
    return view(added);
  }

  @Delete(':id')
  @Answers(200, 'Origin removed', null, 'origin_not_found')
  async remove(
    @Param('id', new IdParam('origin_not_found')) id: string,
    @CurrentIdentity() admin: Identity,
  ): Promise<void> {
    const origin = await this.origins.remove(id);
    this.security.record('origin_removed', { origin, user_id: admin.userId });
  }
}

/** The environment's first, then the stored ones by age. */
function key({ source, id, origin }: WhitelistedOrigin): string {
  return `${source} ${id ?? origin}`;
}

function view({ id, origin, source, createdAt }: WhitelistedOrigin): OriginView {
  return { id, origin, source, created_at: isoOrNull(createdAt?.getTime()) };
}
