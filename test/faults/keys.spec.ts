import { connect } from 'node:net';
import { describe, onTestFinished } from 'vitest';
import { Inspector } from '../../bench/inspector.js';
import { drill } from '../support/drill.js';
import { metric } from '../support/metrics.js';
import { type Server, startServer } from '../support/server.js';

const MILLION = 1_000_000;
const KEYS = Number(process.env.DRILL_KEYS || MILLION);
const LANES = 16;
/** Requests that a lane has under way at a time. */
const BATCH = 200;
/** Requests before the first look, of few addresses, so that what is made once is not counted. */
const FIRST = 40_000;
const FIRST_ADDRESSES = 200;
/** So many times it is looked at: what is not garbage, which a slow machine collects late. */
const LOOKS = 10;
const MAX_SECONDS = 900 * (KEYS / MILLION);
const MIB = 1024 * 1024;
/** The limiter's table has this size from the beginning on. */
const TABLE = 16;
/** 64 MiB for a million; for fewer, the table and their share of the rest. */
const MAX_GROWTH = TABLE + 48 * (KEYS / MILLION);
const ANSWER = 'HTTP/1.1 ';

/** A different one for each number below 2^24. */
const address = (number: number) => `11.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;

function request(number: number): string {
  return `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address(number)}\r\n\r\n`;
}

/** Asks without a token from the addresses of these numbers, on one connection. @returns how many answers said 401 */
function ask(port: number, numbers: () => number[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let [answered, missing] = [0, 0];
    const next = () => {
      const batch = numbers();
      missing = batch.length;
      if (missing === 0) {
        socket.destroy();
        resolve(answered);
      } else socket.write(batch.map(request).join(''));
    };
    socket.on('connect', next).on('error', reject);
    socket.on('end', () => reject(new Error('hung up')));
    let rest = '';
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split(ANSWER);
      rest = parts.at(-1)!.slice(-ANSWER.length);
      answered += parts.slice(1).filter((part) => part.startsWith('401')).length;
      if ((missing -= parts.length - 1) <= 0) next();
    });
  });
}

/** @returns how many of so many were answered with 401 @param addressOf the number of the address of each */
async function askAll({ port }: Server, count: number, addressOf: (turn: number) => number): Promise<number> {
  let turn = 0;
  const numbers = () => {
    const batch = Array.from({ length: Math.min(BATCH, count - turn) }, (_, index) => addressOf(turn + index));
    turn += batch.length;
    return batch;
  };
  const answers = await Promise.all(Array.from({ length: LANES }, () => ask(port, numbers)));
  return answers.reduce((sum, each) => sum + each, 0);
}

describe('Made-up addresses', () => {
  drill(
    {
      row: '26',
      hypothesis: 'cost little memory, however many they are',
      action: `requests of ${KEYS.toLocaleString('en')} addresses, each with a bucket of its own, come through a trusted proxy`,
      timeoutMs: 1_200_000,
    },
    async (findings) => {
      const server = await startServer({
        env: {
          TRUSTED_PROXIES: '127.0.0.1/32',
          RATE_LIMIT_REST: '300/24h',
          LOG_LEVEL: 'warn',
          NODE_OPTIONS: '--inspect=127.0.0.1:0',
        },
      });
      const inspector = await Inspector.attach(server);
      onTestFinished(() => inspector.close());
      const memory = async () => {
        await inspector.collectGarbage();
        return metric(server, 'process_resident_memory_bytes');
      };
      await askAll(server, FIRST, (turn) => turn % FIRST_ADDRESSES);
      const before = await memory();
      let most = before;
      let answered = 0;
      findings.fault();
      for (let asked = 0; asked < KEYS; asked += KEYS / LOOKS) {
        const first = FIRST_ADDRESSES + asked;
        answered += await askAll(server, KEYS / LOOKS, (turn) => first + turn);
        most = Math.max(most, await memory());
      }
      const seconds = Math.round(findings.sinceFault / 1000);
      findings.exactly('addresses that were answered as newcomers', answered, KEYS, 'addresses');
      findings.atMost(
        'resident memory grown by, at the most, without garbage',
        Number(((most - before) / MIB).toFixed(1)),
        MAX_GROWTH,
        'MiB',
      );
      findings.atMost('it took', seconds, MAX_SECONDS, 's');
    },
  );
});
