import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreateRooms1763800000004 implements MigrationInterface {
  name = 'CreateRooms1763800000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'rooms',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'name', type: 'varchar', length: '100' },
          { name: 'created_at', type: 'datetime', precision: 3 },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('rooms');
  }
}
