import { afterAll, beforeAll, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { WireClient } from './wire-client.js';

/** A case of the Autobahn test suite: its id, what it does, and how it goes. */
export type AutobahnCase = readonly [id: string, title: string, run: (client: WireClient) => Promise<void>];

/** Runs the cases of a group, each on a connection of its own to one server. */
export function autobahnGroup(cases: readonly AutobahnCase[]): void {
  let app: TestApp;
  let ann: Person;
  beforeAll(async () => {
    app = await startApp({ env: { MAX_CONNECTIONS_PER_USER: '1000' } });
    ann = await newPerson(app, 'ann');
  });
  afterAll(() => app.close());
  it.each(cases)('%s %s', async (_id, _title, run) => run(await WireClient.open(app.url, ann.token)));
}
