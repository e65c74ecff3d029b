import { describe, expect } from 'vitest';
import { drill } from '../support/drill.js';
import { newPerson } from '../support/people.js';
import { startServer } from '../support/server.js';
import { streamOf } from './frame-streams.js';
import { WireClient } from './wire-client.js';

/** The whole row has 100,000; they take some minutes. */
const STREAMS = Number(process.env.WIRE_FUZZ_STREAMS ?? 2000);
const AT_ONCE = 20;
const PER_STREAM_MS = 30;
/** What the server may say of its own. */
const OURS = new Set([1002, 1003, 1007, 1008, 1009, 4509]);
/** A close of the client is answered with the code it sent; the server has no reason for this one. */
const INTERNAL = 1011;

type Code = WireClient['closedWith'];

function isAllowed(code: Code): boolean {
  if (code === undefined || code === 'empty' || OURS.has(code)) return true;
  const mayBeSent = code >= 1000 && code <= 1014 && ![1004, 1005, 1006, INTERNAL].includes(code);
  return mayBeSent || (code >= 3000 && code < 5000);
}

/** Sends the stream of this seed, half-closes, and reads until the server ends the connection. */
async function tryOut(url: string, token: string, seed: number): Promise<Code> {
  const sent = streamOf(seed);
  const client = await WireClient.open(url, token);
  try {
    client.write(sent);
    client.raw.socket.end();
    await client.raw.until(() => client.raw.ended || undefined, 'the end of the connection', 10_000);
    if (!isAllowed(client.closedWith)) throw new Error(`close code ${client.closedWith}`);
    return client.closedWith;
  } catch (error) {
    throw new Error(`seed ${seed}, stream ${sent.toString('hex')}`, { cause: error });
  } finally {
    client.raw.socket.destroy();
  }
}

describe('Random and mutated streams of frames', () => {
  drill(
    {
      row: '11',
      hypothesis: 'get only the codes of the contract, and leave no open file behind',
      action: `${STREAMS.toLocaleString('en')} connections send noise, frames, or good frames with bits turned and the end cut off, and half-close`,
      timeoutMs: 60_000 + STREAMS * PER_STREAM_MS,
    },
    async (findings) => {
      const server = await startServer({ env: { MAX_CONNECTIONS_PER_USER: '1000', LOG_FORMAT: 'json' } });
      const { token } = await newPerson(server, 'ann');
      await tryOut(server.url, token, 0);
      const before = server.openFiles;
      const seen = new Set<Code>();
      for (let seed = 1; seed <= STREAMS; seed += AT_ONCE) {
        const codes = Array.from({ length: AT_ONCE }, (_, index) => tryOut(server.url, token, seed + index));
        for (const code of await Promise.all(codes)) seen.add(code);
      }
      expect([...seen]).toEqual(expect.arrayContaining([1002, 1003, 1007, 1009]));
      const foreign = [...seen].filter((code) => !isAllowed(code));
      findings.exactly('close codes beyond the contract', foreign.length, 0, 'codes');
      await expect.poll(() => server.openFiles, { timeout: 20_000 }).toBeLessThanOrEqual(before);
      findings.atMost('open files more than before', server.openFiles - before, 0, 'files');
      const failures = server.output.match(/uncaught|unhandled|opening_failed|"level":"?(error|fatal)/gi) ?? [];
      findings.exactly('failures in the log', failures.length, 0, 'lines');
    },
  );
});
