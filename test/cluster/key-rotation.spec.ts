import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { databaseFile } from '../support/scene.js';
import { SecretsFolder } from '../support/secrets.js';
import { connect, refusalOf } from '../support/socket.js';

/** Whether a node takes the person's token, over REST and /ws. */
async function accepts(node: TestApp, { token }: Person): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await fetch(`${node.url}/api/v1/users/me`, { headers });
  if (status === 200) return (await connect(node.wsUrl, token)).closed === undefined;
  expect(await refusalOf(node.wsUrl, { headers })).toMatchObject({ status: 401 });
  return false;
}

describe('The signing secret', () => {
  it('is changed while nodes with the old and the new files run together, and nobody has to log in again', async () => {
    const folder = new SecretsFolder();
    const files = { JWT_SECRET: '', JWT_SECRET_FILE: join(folder.secrets, 'jwt') };
    const env = {
      ...files,
      JWT_SECRET_PREVIOUS_FILE: join(folder.secrets, 'jwt-previous'),
      DATABASE_URL: databaseFile(),
    };
    const backend = new MemoryBackend();
    const restarted = (command: string) => {
      expect(folder.run(command).status).toBe(0);
      return startApp({ env, backend });
    };
    let old = await restarted('create');
    const earliest = await newPerson(old, 'earliest');
    const newest: Person[] = [];
    for (const command of ['announce', 'switch', 'forget']) {
      const next = await restarted(command);
      newest.push(await newPerson(old, 'before'), await newPerson(next, 'after'));
      for (const person of newest.slice(-2)) {
        expect([command, await accepts(old, person), await accepts(next, person)]).toEqual([command, true, true]);
      }
      await old.close();
      old = next;
    }
    expect(await accepts(old, earliest)).toBe(false);
  });
});
