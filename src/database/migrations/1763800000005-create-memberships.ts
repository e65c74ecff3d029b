import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreateMemberships1763800000005 implements MigrationInterface {
  name = 'CreateMemberships1763800000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'memberships',
        columns: [
          { name: 'room_id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'user_id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'role', type: 'varchar', length: '16' },
          { name: 'joined_at', type: 'datetime', precision: 3 },
        ],
        indices: [{ name: 'memberships_user_id', columnNames: ['user_id'] }],
        foreignKeys: [
          reference('memberships_of_room', 'room_id', 'rooms'),
          reference('memberships_of_user', 'user_id', 'users'),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('memberships');
  }
}

function reference(name: string, column: string, table: string) {
  return {
    name,
    columnNames: [column],
    referencedTableName: table,
    referencedColumnNames: ['id'],
    onDelete: 'CASCADE',
    onUpdate: 'NO ACTION',
  };
}
