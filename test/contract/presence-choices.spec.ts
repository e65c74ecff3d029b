import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { PresenceChoices } from '../../src/presence/presence-choices.js';
import type { Remembered } from '../../src/presence/presence-state.js';
import { databaseKinds } from '../support/databases.js';
import { TestClock } from '../support/test-clock.js';

const NOW = Date.UTC(2030, 4, 17, 3, 4, 5, 678);
const away: Remembered = {
  choice: { status: 'away', expiresAt: NOW + 1 },
  version: NOW,
  lastSeenAt: NOW - 999,
  revision: NOW,
};
const plain: Remembered = { choice: null, version: 0, lastSeenAt: null, revision: 0 };
const hidden: Remembered = { ...away, choice: { status: 'invisible', expiresAt: null } };

for (const kind of databaseKinds) {
  describe.skipIf(kind.missing)(`What survives of presence, on ${kind.name}`, () => {
    async function open() {
      const dataSource = await openDatabase(databaseOptions(await kind.create()));
      onTestFinished(() => dataSource.destroy());
      const clock = new TestClock();
      const node = () => new PresenceChoices(dataSource, clock);
      return { dataSource, clock, node };
    }

    it('is nothing of somebody new', async () => {
      const { node } = await open();
      expect(await node().load(['u'])).toEqual(new Map([['u', plain]]));
    });

    it('is read as it was written, to the millisecond, the newest only', async () => {
      const { node } = await open();
      const choices = node();
      choices.remember('u', plain);
      choices.remember('u', away);
      choices.remember('v', plain);
      expect((await choices.load(['u'])).get('u')).toEqual(away);
      await choices.written('u');
      expect(await node().load(['u', 'v'])).toEqual(
        new Map([
          ['u', away],
          ['v', plain],
        ]),
      );
      const later = { ...plain, version: NOW + 5, revision: NOW + 5 };
      choices.remember('u', later);
      await choices.written('u');
      expect((await node().load(['u'])).get('u')).toEqual(later);
    });

    it('is the newest of all nodes, whichever writes last', async () => {
      const { node } = await open();
      const [left, chosen] = [node(), node()];
      const newer = { ...hidden, revision: NOW + 1 };
      left.remember('u', { ...plain, revision: NOW });
      chosen.remember('u', newer);
      chosen.remember('v', { ...plain, revision: NOW });
      await chosen.written('u');
      expect((await left.load(['u'])).get('u')).toEqual(newer);
      left.remember('v', newer);
      await left.written('u');
      expect(await node().load(['u', 'v'])).toEqual(
        new Map([
          ['u', newer],
          ['v', newer],
        ]),
      );
    });

    it('is not replaced by what is older, also before it is written', async () => {
      const { node } = await open();
      const choices = node();
      choices.remember('u', hidden);
      choices.remember('u', { ...plain, revision: NOW - 1 });
      expect((await choices.load(['u'])).get('u')).toEqual(hidden);
      await choices.written('u');
      expect((await node().load(['u'])).get('u')).toEqual(hidden);
    });

    it('is written by itself within a second, many users at a time', async () => {
      const { clock, node } = await open();
      const choices = node();
      const users = Array.from({ length: 250 }, (_, index) => `user-${index}`);
      users.forEach((user, index) => choices.remember(user, { ...away, version: index }));
      await clock.advance(1000);
      await expect
        .poll(async () => [...(await node().load(users)).values()].map(({ version }) => version))
        .toEqual(users.map((_, index) => index));
      await choices.finish();
    });

    it('is kept and written later where the database cannot take it', async () => {
      const { dataSource, clock, node } = await open();
      const choices = node();
      await dataSource.query('ALTER TABLE presence_choices RENAME TO elsewhere');
      choices.remember('u', away);
      await choices.written('u');
      await dataSource.query('ALTER TABLE elsewhere RENAME TO presence_choices');
      await clock.advance(1000);
      await expect.poll(async () => (await node().load(['u'])).get('u')).toEqual(away);
    });
  });
}
