import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection, type Connection } from 'mysql2/promise';
import { describe, onTestFinished } from 'vitest';
import { drill } from '../support/drill.js';
import { Http, type LoginData, type Reply } from '../support/http.js';
import { mariadb, startNodes } from '../support/nodes.js';
import type { Server } from '../support/server.js';
import { type Direction } from '../support/tcp-lane.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const KILLS = 50;
/** Nodes that start while another dies. */
const AHEAD = 2;
/** A refresh says some 1,500 bytes to the database, and hears fewer. */
const CUTS = Array.from({ length: 40 }, (_, step) => 20 + 50 * step);

const print = (token: string) => createHash('sha256').update(token).digest('hex');

const refresh = ({ url }: Server, refresh_token: string): Promise<Reply<LoginData>> =>
  new Http(url).post<LoginData>('auth/refresh', { body: { refresh_token } });

/** What the database knows of refresh tokens. */
class Tokens {
  private constructor(private readonly database: Connection) {}

  static async of(databaseUrl: string): Promise<Tokens> {
    const database = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
    onTestFinished(() => database.destroy());
    return new Tokens(database);
  }

  async isGood(token: string): Promise<boolean> {
    return (await this.count('SELECT COUNT(*) FROM sessions WHERE refresh_hash = ?', token)) === 1;
  }

  async isSpent(token: string): Promise<boolean> {
    return (await this.count('SELECT COUNT(*) FROM spent_refresh_tokens WHERE hash = ?', token)) === 1;
  }

  private async count(sql: string, token: string): Promise<number> {
    const [rows] = await this.database.query({ sql, values: [print(token)], rowsAsArray: true });
    return Number((rows as unknown[][])[0]?.[0]);
  }
}

describe('A refresh token', () => {
  drill(
    {
      row: '21a',
      hypothesis: 'has one successor, however many ask on however many nodes',
      action: 'two nodes; 20 refreshes with the same token at once, over both',
    },
    async (findings) => {
      const { nodes } = await startNodes(2);
      const { refresh_token: token } = await new Http(nodes[0]!.url).newcomer();
      const asked = Array.from({ length: 20 }, (_, turn) => refresh(nodes[turn % 2]!, token));
      const replies = await Promise.all(asked);
      findings.exactly('answered', replies.filter(({ status }) => status === 200).length, 20, 'refreshes');
      const successors = new Set(replies.map(({ body }) => body.data.refresh_token));
      findings.exactly('successors', successors.size, 1, 'tokens');
      const next = await refresh(nodes[1]!, [...successors][0]!);
      findings.exactly('refresh with the successor', next.status, 200, '(HTTP status)');
    },
  );

  drill(
    {
      row: '21b',
      hypothesis: 'lets the client go on when the node dies between the commit and its answer',
      action: `${KILLS} times: a refresh on a node that does not hear of its commit, kill -9 once the exchange is in the database; the client shows the old token to another node`,
      timeoutMs: 300_000,
    },
    async (findings) => {
      const databaseUrl = await mariadb();
      const tokens = await Tokens.of(databaseUrl);
      const { nodes, join } = await startNodes(1, { databaseUrl });
      const survivor = nodes[0]!;
      let { refresh_token: token } = await new Http(survivor.url).newcomer();
      const tally = { answers: 0, goingOn: 0 };
      const prepare = async () => {
        const proxy = await TcpProxy.before(databaseUrl);
        return { proxy, doomed: await join({ DATABASE_URL: proxy.url }) };
      };
      const ready = Array.from({ length: AHEAD }, prepare);
      for (let round = 0; round < KILLS; round += 1) {
        const { proxy, doomed } = await ready.shift()!;
        if (round + AHEAD < KILLS) ready.push(prepare());
        proxy.loseAnswerTo('COMMIT');
        let said = 'says nothing';
        const over = refresh(doomed, token).then(
          ({ status }) => (said = `answers ${status}`),
          (error: unknown) => (said = error instanceof Error ? String(error.cause ?? error) : String(error)),
        );
        await Promise.race([over, untilSpent(tokens, token)]);
        if (!(await tokens.isSpent(token))) throw new Error(`round ${round}: the node ${said}: ${doomed.output}`);
        doomed.kill('SIGKILL');
        const [reply] = await Promise.all([refresh(survivor, token), over, doomed.exited]);
        if (reply.status !== 200) throw new Error(`round ${round}: ${reply.status} ${reply.body.error?.code}`);
        if (said === 'answers 200') tally.answers += 1;
        tally.goingOn += 1;
        token = reply.body.data.refresh_token;
      }
      findings.exactly('answers of the nodes that died', tally.answers, 0, 'answers');
      findings.exactly('clients that went on', tally.goingOn, KILLS, 'times');
      findings.exactly('the last token', (await refresh(survivor, token)).status, 200, '(HTTP status)');
    },
  );

  drill(
    {
      row: '21c',
      hypothesis: 'or its successor is good when the database is cut off: never both, never neither',
      action: `a proxy cuts the node's connections to the database after so many bytes to it, or from it, during a refresh; ${2 * CUTS.length} places, from the first statement to beyond the commit`,
    },
    async (findings) => {
      const databaseUrl = await mariadb();
      const tokens = await Tokens.of(databaseUrl);
      const proxy = await TcpProxy.before(databaseUrl);
      const node = (await startNodes(1, { databaseUrl: proxy.url })).nodes[0]!;
      let { refresh_token: token } = await new Http(node.url).newcomer();
      const tally = { old: 0, successor: 0, wrong: 0, answered: 0, other: 0 };
      const places = CUTS.flatMap((bytes) => [[bytes, 'toServer'] as const, [bytes, 'toClient'] as const]);
      for (const [bytes, direction] of places) {
        const cut = await refreshWhileCut({ proxy, bytes, direction }, () => refresh(node, token));
        const [isGood, isSpent] = [await tokens.isGood(token), await tokens.isSpent(token)];
        if (isGood === isSpent) tally.wrong += 1;
        else tally[isGood ? 'old' : 'successor'] += 1;
        const again = await refresh(node, token);
        const next = again.body.data.refresh_token;
        if (!(await tokens.isGood(next))) tally.wrong += 1;
        if (cut.status === 200) tally.answered += 1;
        else if (cut.status !== 503) tally.other += 1;
        if (cut.status === 200 && cut.body.data.refresh_token !== next) tally.wrong += 1;
        token = next;
      }
      findings.exactly('both or neither', tally.wrong, 0, 'places');
      findings.exactly('answers other than 200 and 503', tally.other, 0, 'answers');
      findings.atLeast('places where the old token stayed good', tally.old, 1, 'places');
      findings.atLeast('of the rest, without an answer', tally.successor - tally.answered, 1, 'places');
    },
  );
});

/** Until the token is spent, or ten seconds. */
async function untilSpent(tokens: Tokens, token: string): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end && !(await tokens.isSpent(token));)
    await pause(1);
}

interface Cut {
  readonly proxy: TcpProxy;
  readonly bytes: number;
  readonly direction: Direction;
}

async function refreshWhileCut({ proxy, bytes, direction }: Cut, ask: () => Promise<Reply<LoginData>>) {
  proxy.cutAfter(bytes, direction);
  const reply = await ask();
  proxy.cutAfter(Infinity, direction);
  return reply;
}
