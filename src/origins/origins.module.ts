import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { OriginRecord } from './origin.entity.js';
import { OriginsController } from './origins.controller.js';
import { Origins } from './origins.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([OriginRecord]), AuthModule],
  controllers: [OriginsController],
  providers: [Origins],
  exports: [Origins],
})
export class OriginsModule {}
