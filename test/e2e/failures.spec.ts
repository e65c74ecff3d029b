import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { connect } from '../support/socket.js';

describe('A handler that fails', () => {
  it('is answered with internal and an id, tells nothing of why, and the connection lives on', async () => {
    const app = await startApp({ env: { LOG_LEVEL: 'error' } });
    const ann = await newPerson(app, 'ann');
    const socket = await connect(app.wsUrl, ann.token);
    await app.app.get(DataSource).query('DROP TABLE memberships');
    const lines: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = ((text: string) => lines.push(String(text)) > 0) as typeof process.stderr.write;
    const error = await socket
      .request('presence_subscribe', { user_ids: [crypto.randomUUID()] })
      .finally(() => (process.stderr.write = write));
    expect(error).toMatchObject({ type: 'error', data: { code: 'internal', message: expect.any(String) } });
    expect(JSON.stringify(error)).not.toMatch(/memberships|SQLITE|no such table|at /);
    const logged = lines.filter((line) => line.includes(error.id));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('no such table');
    await socket.settled();
  });
});
