import { setTimeout as pause } from 'node:timers/promises';
import build from '../../test/support/build.js';
import { Bench, range, roomsOf } from '../bench.js';
import { type Launch, launch } from '../contenders.js';
import { Inspector } from '../inspector.js';
import { machine, pin, requireProc } from '../machine.js';
import type { ServerProcess } from '../server-process.js';
import { Crowd } from './crowd.js';
import { writeDown } from './document.js';
import { soakOptions, type SoakOptions } from './options.js';
import { Sampler, type SoakSample } from './sampler.js';
import { type Soak, verdict } from './verdict.js';

/*
 * npm run soak                                      ten minutes of 500 sockets on a server of its own, after a warm-up
 *                                                   of nine; its garbage is collected every 20 s, what is left is judged
 * npm run soak -- --write                           writes docs/soak.svg and docs/reliability.md too
 * npm run soak -- --leak 2.5                        the server leaks 2.5 MiB in ten minutes: this must fail
 * npm run soak -- --minutes 120 --leave-garbage     V8 alone decides when it collects, which takes hours to judge;
 *                                                   --write writes docs/soak-hours.svg
 */

const SOCKETS_EACH = 2;
const ROOM = 25;
/** As much as in half an hour happens in three minutes: caches fill, code is compiled, V8 finds the size of its heap. */
const HURRY = { minutes: 3, pace: 10 };
/** What the hurry left lying about is collected, and the heap, which has shrunk by then, takes the size it needs for the rest. */
const CALM_MINUTES = 6;

/** What a server that leaks is started with. */
const LEAK = new URL('leak.mjs', import.meta.url).href;

/** As it comes, but that everybody is at one address. */
const env = {
  RATE_LIMIT_HANDSHAKE: 'off',
  RATE_LIMIT_MESSAGES: '40/1s',
  RATE_LIMIT_STATUS: '5/30s',
  TYPING_THROTTLE: '3s',
};

function start(
  { leak, leavesGarbage }: SoakOptions,
  place: Pick<Launch, 'folder' | 'database'>,
): Promise<ServerProcess> {
  const flaw: Record<string, string> = leak > 0 ? { NODE_OPTIONS: `--import=${LEAK}`, LEAK: String(leak) } : {};
  return launch('hadir', { ...place, env: { ...env, ...flaw }, inspected: !leavesGarbage });
}

async function soak(options: SoakOptions, bench: Bench): Promise<Soak> {
  const { minutes, sockets, leavesGarbage } = options;
  const everybody = range(0, Math.ceil(sockets / SOCKETS_EACH));
  const { database, members } = await bench.population({ users: everybody.length, rooms: roomsOf(everybody, ROOM) });
  const server = await start(options, { folder: bench.folder, database });
  const inspector = leavesGarbage ? undefined : await Inspector.attach(server);
  const crowd = new Crowd(server.port, members);
  await crowd.begin();
  const sampler = new Sampler(server, show, inspector);
  crowd.pace = HURRY.pace;
  await pause(HURRY.minutes * 60_000);
  crowd.pace = 1;
  await pause((CALM_MINUTES + minutes) * 60_000);
  sampler.end();
  await crowd.end();
  inspector?.close();
  const failure = crowd.failure ?? sampler.failure;
  if (failure) throw failure;
  const { tally } = crowd;
  const warmUp = HURRY.minutes + CALM_MINUTES;
  const { samples } = sampler;
  const date = new Date().toISOString();
  return { date, machine: machine(), minutes, warmUp, sockets, leavesGarbage, samples, tally };
}

function show({ at, rss, heap, openFiles, handles, connections, lag, isClean }: SoakSample): void {
  const parts = [
    `${at.toFixed(2)} min`,
    `RSS ${rss.toFixed(1)} MiB`,
    `heap ${heap.toFixed(1)} MiB`,
    `${openFiles} files`,
    `${handles} handles`,
    `${connections} sockets`,
    `lag ${lag.toFixed(0)} ms`,
    ...(isClean ? ['garbage collected'] : []),
  ];
  console.log(parts.join('  '));
}

const options = soakOptions(process.argv.slice(2));
requireProc();
build();
pin();
const bench = new Bench(false, 0, false);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void bench.cleanUp().finally(() => process.exit(1)));
}
try {
  const outcome = await soak(options, bench);
  const findings = verdict(outcome);
  for (const { name, value, bound, isGood } of findings)
    console.log(`${isGood ? 'ok ' : 'BAD'} ${name}: ${value} ${bound}`);
  console.log(outcome.tally);
  if (options.isWritten) await writeDown(outcome);
  if (!findings.every(({ isGood }) => isGood)) process.exitCode = 1;
} finally {
  await bench.cleanUp();
}
