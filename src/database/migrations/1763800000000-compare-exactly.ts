import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the tables that follow hold, and how they compare it, whatever the server's default is: a default of latin1 takes
 * no emoji, and the usual collations take é for e, or any emoji for any other. SQLite compares exactly by itself.
 */
export class CompareExactly1763800000000 implements MigrationInterface {
  name = 'CompareExactly1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    if (runner.connection.options.type === 'better-sqlite3') return;
    await runner.query('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin');
  }

  async down(): Promise<void> {
    // What the default was before is not known, and nothing is left that goes by it.
  }
}
