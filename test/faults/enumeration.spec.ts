import { describe } from 'vitest';
import { drill, quantile } from '../support/drill.js';
import { Http, PASSWORD } from '../support/http.js';
import { ADMIN_ENV, adminOf, newPerson } from '../support/people.js';
import { startServer } from '../support/server.js';

const SAMPLES = 200;
const WRONG = 'wrong password';
/** Logins before the first that counts, so that what is made once is made. */
const WARM = 20;

/** Every one of the four is as often the first, the second and so on. */
const orders = [0, 1, 2, 3].map((first) => [0, 1, 2, 3].map((step) => (first + step) % 4));

/**
 * How far the medians of the four are apart, in percent of what a login takes. Each time counts by how far it is from the
 * others of its round, since a machine that is busy with something else is so for longer than a round.
 */
function gapOf(rounds: readonly number[][]): number {
  const offsets = orders.map((_, kind) =>
    quantile(
      rounds.map((times) => (times[kind] ?? Number.NaN) - quantile(times, 0.5)),
      0.5,
    ),
  );
  const gap = Math.max(...offsets) - Math.min(...offsets);
  return Number(((100 * gap) / quantile(rounds.flat(), 0.5)).toFixed(1));
}

describe('Somebody who wants to know which accounts there are', () => {
  drill(
    {
      row: '19',
      hypothesis: 'learns nothing from how long a refused login takes, nor from what it says',
      action: `${SAMPLES} logins each, one after the other and interleaved: unknown user, wrong password, disabled account with the right and with a wrong password`,
      timeoutMs: 180_000,
    },
    async (findings) => {
      const server = await startServer({ env: { ...ADMIN_ENV, SEED_DEMO: 'false' } });
      const http = new Http(server.url);
      const [known, disabled] = [await newPerson(server, 'ann'), await newPerson(server, 'ben')];
      await (await adminOf(server)).succeed('PATCH', `admin/users/${disabled.id}`, { disabled: true });
      const bodies = [
        { email: 'nobody@example.com', password: WRONG },
        { email: known.email, password: WRONG },
        { email: disabled.email, password: PASSWORD },
        { email: disabled.email, password: WRONG },
      ];
      const rounds: number[][] = [];
      const answers = new Set<string>();
      for (let turn = -WARM; turn < SAMPLES; turn += 1) {
        const times: number[] = [];
        for (const index of orders[(turn + WARM) % orders.length] ?? []) {
          const began = performance.now();
          const reply = await http.post('auth/login', { body: bodies[index], headers: { 'x-request-id': 'same' } });
          times[index] = performance.now() - began;
          const headers = [...reply.headers].filter(([name]) => name !== 'date');
          answers.add(JSON.stringify([reply.status, headers, reply.body]));
        }
        if (turn >= 0) rounds.push(times);
      }
      findings.exactly('different answers, headers and all', answers.size, 1, 'answers');
      findings.atMost('medians apart', gapOf(rounds), 5, '%');
    },
  );
});
