import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { ownUserView, showOwnUser } from '../auth/views.js';
import { Answers, pageOf } from '../common/api-doc.js';
import { IdParam } from '../common/id-param.js';
import { page, PageQuery } from '../common/page.js';
import { IsLine } from '../common/text.js';
import { Users } from '../users/users.service.js';
import { showUser, userView } from './views.js';

export class UserQuery extends PageQuery {
  /** Part of a name; for administrators also of an e-mail. */
  @IsOptional()
  @MaxLength(254)
  @IsString()
  q?: string;
}

class ProfileBody {
  @IsLine(1, 80)
  display_name: string;
}

@Controller('users')
export class UsersController {
  constructor(private readonly users: Users) {}

  @Get('me')
  @Answers(200, 'You', ownUserView)
  async me(@CurrentIdentity() { userId }: Identity) {
    return showOwnUser(await this.users.require(userId));
  }

  @Patch('me')
  @Answers(200, 'Profile changed', ownUserView)
  async rename(@CurrentIdentity() { userId }: Identity, @Body() { display_name }: ProfileBody) {
    return showOwnUser(await this.users.rename(userId, display_name));
  }

  @Get()
  @Answers(200, 'Users', pageOf(userView))
  async search(@CurrentIdentity() me: Identity, @Query() query: UserQuery) {
    const found = await this.users.search(query.q, query, me.role === 'admin');
    return page(
      found,
      query,
      ({ id }) => id,
      (user) => showUser(user, me),
    );
  }

  @Get(':id')
  @Answers(200, 'User', userView, 'user_not_found')
  async find(@CurrentIdentity() me: Identity, @Param('id', new IdParam('user_not_found')) id: string) {
    return showUser(await this.users.require(id), me);
  }
}
