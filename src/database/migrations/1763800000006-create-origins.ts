import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

export class CreateOrigins1763800000006 implements MigrationInterface {
  name = 'CreateOrigins1763800000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'origins',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'origin', type: 'varchar', length: '300' },
          { name: 'created_at', type: 'datetime', precision: 3 },
        ],
        indices: [{ name: 'origins_origin', columnNames: ['origin'], isUnique: true }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('origins');
  }
}
