import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { DatabaseSettings } from '../config/settings.js';
import { databaseOptions, openDatabase } from './data-source.js';

/** The database, open and up to date before anything else starts. Hands out the DataSource and its EntityManager. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [DatabaseSettings],
      useFactory: ({ url }: DatabaseSettings) => ({
        ...databaseOptions(url),
        retryAttempts: url.startsWith('sqlite:') ? 0 : 5,
        retryDelay: 1000,
        verboseRetryLog: true,
      }),
      dataSourceFactory: (options) => openDatabase(options as DataSourceOptions),
    }),
  ],
})
export class DatabaseModule {}
