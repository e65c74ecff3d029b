import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminUsersController } from './admin-users.controller.js';
import { Administration } from './administration.service.js';
import { UsersController } from './users.controller.js';

/** Who there is, for whoever asks: the doors of users/, which stand here because they need auth/. */
@Module({
  imports: [UsersModule, AuthModule],
  controllers: [UsersController, AdminUsersController],
  providers: [Administration],
})
export class DirectoryModule {}
