import { describe, expect } from 'vitest';
import { crowd } from '../support/crowd.js';
import { drill, type Findings } from '../support/drill.js';
import { allAtOnce } from '../support/handshakes.js';
import { Http } from '../support/http.js';
import { startNodes } from '../support/nodes.js';
import type { Server } from '../support/server.js';
import { openSocket, type TestSocket } from '../support/socket.js';

const ROUNDS = 20;
const PARALLEL = 50;
const CAP = 7;
const RATE = 60;
const FORGED = 100;
const SHOWN = 10;

type Nodes = readonly Server[];

/** A handshake on the nodes in turn, from an address of its own for each round. */
function dial(nodes: Nodes, turn: number, query: string, round: number): Promise<TestSocket> {
  const headers = { 'x-forwarded-for': `192.0.2.${round}` };
  return openSocket(`${nodes[turn % nodes.length]!.wsUrl}?${query}`, { headers });
}

interface Burst {
  /** How many were let in. */
  readonly open: number;
  /** What the others were told. */
  readonly refused: string[];
}

async function burst(nodes: Nodes, count: number, query: string, round: number): Promise<Burst> {
  const attempts = Array.from({ length: count }, (_, turn) => dial(nodes, turn, query, round));
  const { open, refused } = await allAtOnce(attempts);
  return { open: open.length, refused };
}

const count = (codes: readonly string[], code: string) => codes.filter((each) => each === code).length;

async function forgedTokens(findings: Findings, nodes: Nodes, token: string): Promise<void> {
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(43)}`;
  const { open, refused } = await burst(nodes, FORGED, `token=${forged}`, 0);
  findings.exactly(`of ${FORGED} with a forged token at once: let in`, open, 0, 'handshakes');
  findings.exactly('whose token was looked at', count(refused, 'token_invalid'), RATE, 'handshakes');
  findings.exactly('refused before that', count(refused, 'rate_limited'), FORGED - RATE, 'handshakes');
}

function exactlyEach(findings: Findings, name: string, bursts: readonly Burst[], expected: number): void {
  findings.exactly(name, bursts.filter(({ open }) => open !== expected).length, 0, `of ${bursts.length}`);
}

describe('Two nodes', () => {
  drill(
    {
      row: '5',
      hypothesis:
        'what is limited is limited exactly, however many ask at once and wherever, and before a signature is checked',
      action: `two nodes; ${FORGED} handshakes with a forged token at once under a rate of ${RATE}; ${ROUNDS} times ${PARALLEL} at once of one user under a cap of ${CAP}; ${ROUNDS} times one ticket shown ${SHOWN} times at once`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { env, people } = await crowd(2 * ROUNDS, 1);
      const limits = { MAX_CONNECTIONS_PER_USER: String(CAP), RATE_LIMIT_HANDSHAKE: `${RATE}/24h` };
      const { nodes } = await startNodes(2, { env: { ...env, ...limits, TRUSTED_PROXIES: '127.0.0.1/32' } });
      await forgedTokens(findings, nodes, people[0]!.token);
      const [entered, shown]: [Burst[], Burst[]] = [[], []];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const [one, other] = [people[round - 1]!, people[ROUNDS + round - 1]!];
        entered.push(await burst(nodes, PARALLEL, `token=${one.token}`, round));
        const reply = await new Http(nodes[0]!.url).post<{ ticket: string }>('auth/ws-ticket', { token: other.token });
        shown.push(await burst(nodes, SHOWN, `ticket=${reply.body.data.ticket}`, 100 + round));
      }
      exactlyEach(findings, 'bursts of one user that did not open the cap exactly', entered, CAP);
      exactlyEach(findings, 'tickets that did not open exactly one socket', shown, 1);
      expect(new Set(entered.flatMap(({ refused }) => refused))).toEqual(new Set(['too_many_connections']));
      expect(new Set(shown.flatMap(({ refused }) => refused))).toEqual(new Set(['token_invalid']));
    },
  );
});
