import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreateSessions1763800000002 implements MigrationInterface {
  name = 'CreateSessions1763800000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'sessions',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'user_id', type: 'varchar', length: '36' },
          { name: 'refresh_hash', type: 'varchar', length: '64' },
          { name: 'device_name', type: 'varchar', length: '100', isNullable: true },
          { name: 'ip', type: 'varchar', length: '45' },
          { name: 'user_agent', type: 'varchar', length: '255', isNullable: true },
          { name: 'created_at', type: 'datetime', precision: 3 },
          { name: 'last_used_at', type: 'datetime', precision: 3 },
          { name: 'expires_at', type: 'datetime', precision: 3 },
        ],
        indices: [
          { name: 'sessions_refresh_hash', columnNames: ['refresh_hash'], isUnique: true },
          { name: 'sessions_user_id', columnNames: ['user_id'] },
          { name: 'sessions_expires_at', columnNames: ['expires_at'] },
        ],
        foreignKeys: [
          {
            name: 'sessions_of_user',
            columnNames: ['user_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('sessions');
  }
}
