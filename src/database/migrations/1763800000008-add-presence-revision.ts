import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

/** Which of two records of a user's presence is the newer: nodes write at different times what they knew at others. */
export class AddPresenceRevision1763800000008 implements MigrationInterface {
  name = 'AddPresenceRevision1763800000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('presence_choices', new TableColumn({ name: 'revision', type: 'bigint', default: 0 }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('presence_choices', 'revision');
  }
}
