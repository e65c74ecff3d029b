import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Audience } from '../presence/audience.js';
import { MembershipRecord } from './membership.entity.js';
import { Memberships } from './memberships.service.js';

/** Global, because presence asks for its Audience without knowing rooms. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([MembershipRecord])],
  providers: [Memberships, { provide: Audience, useExisting: Memberships }],
  exports: [Memberships, Audience],
})
export class MembershipsModule {}
