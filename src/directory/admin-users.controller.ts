import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { IsBoolean, IsIn, ValidateIf } from 'class-validator';
import { AdminOnly, CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { IdParam } from '../common/id-param.js';
import { page } from '../common/page.js';
import { ROLES, type Role } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { Administration } from './administration.service.js';
import { UserQuery } from './users.controller.js';
import { showUser, userView } from './views.js';

const given = (_: object, value: unknown) => value !== undefined;

class UserChangeBody {
  @ValidateIf(given)
  @IsIn(ROLES)
  role?: Role;

  /** A disabled user is logged out everywhere and cannot log in. */
  @ValidateIf(given)
  @IsBoolean()
  disabled?: boolean;
}

@AdminOnly()
@Controller('admin/users')
export class AdminUsersController {
  constructor(
    private readonly users: Users,
    private readonly administration: Administration,
  ) {}

  @Get()
  @Answers(200, 'Users', pageOf(userView))
  async search(@CurrentIdentity() me: Identity, @Query() query: UserQuery) {
    const found = await this.users.search(query.q, query, true);
    return page(
      found,
      query,
      ({ id }) => id,
      (user) => showUser(user, me),
    );
  }

  @Patch(':id')
  @Answers(200, 'User changed', userView, 'user_not_found', 'last_admin')
  async change(
    @CurrentIdentity() me: Identity,
    @Param('id', new IdParam('user_not_found')) id: string,
    @Body() body: UserChangeBody,
  ) {
    return showUser(await this.administration.change(me.userId, id, body), me);
  }
}
