import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreateSpentRefreshTokens1763800000003 implements MigrationInterface {
  name = 'CreateSpentRefreshTokens1763800000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'spent_refresh_tokens',
        columns: [
          { name: 'hash', type: 'varchar', length: '64', isPrimary: true },
          { name: 'session_id', type: 'varchar', length: '36' },
          { name: 'spent_at', type: 'datetime', precision: 3 },
        ],
        indices: [{ name: 'spent_refresh_tokens_session_id', columnNames: ['session_id'] }],
        foreignKeys: [
          {
            name: 'spent_refresh_tokens_of_session',
            columnNames: ['session_id'],
            referencedTableName: 'sessions',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('spent_refresh_tokens');
  }
}
