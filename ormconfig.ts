import { DataSource } from 'typeorm';
import { loadSettings } from './src/config/env.js';
import { databaseOptions } from './src/database/data-source.js';

/** For TypeORM's command line. The server itself runs missing migrations when it starts. */
export default new DataSource(databaseOptions(loadSettings().database.url));
