import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreatePresenceChoices1763800000007 implements MigrationInterface {
  name = 'CreatePresenceChoices1763800000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'presence_choices',
        columns: [
          { name: 'user_id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'status', type: 'varchar', length: '16', isNullable: true },
          { name: 'expires_at', type: 'datetime', precision: 3, isNullable: true },
          { name: 'version', type: 'bigint' },
          { name: 'last_seen_at', type: 'datetime', precision: 3, isNullable: true },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('presence_choices');
  }
}
