import { mkdirSync, writeFileSync } from 'node:fs';
import build from '../test/support/build.js';
import { Bench } from './bench.js';
import { chart } from './chart.js';
import { machine, pin, requireProc } from './machine.js';
import { measure } from './measure.js';
import { type BenchOptions, benchOptions } from './options.js';
import type { Results, RowResult } from './results.js';
import { buildPeers } from './peers.js';
import type { Row } from './row.js';
import { rows } from './rows.js';
import { details } from './table.js';

/*
 * npm run bench                    everything; writes bench/results.json and docs/bench.svg
 * npm run bench -- --smoke         every row once, as short as can be
 * npm run bench -- --rows ping,fan --contenders hadir,ws --rounds 3 --seconds 2 --profile DIR
 * npm run bench -- --url ws://…    load on a server that runs; see load/options.ts
 */

/** What a smoke run measures is thrown away: rows may disturb each other. */
const SMOKE_ROWS_AT_ONCE = 4;

async function bench(args: readonly string[]): Promise<void> {
  const options = benchOptions(args);
  const chosen = rows.filter((row) => isChosen(row, options));
  requireProc();
  build();
  buildPeers();
  if (!options.isSmoke) pin();
  if (options.profiles) mkdirSync(options.profiles, { recursive: true });
  const scene = new Bench(options.isSmoke, options.windowMs, options.profiles !== undefined);
  const results: RowResult[] = [];
  const giveUp = () => void scene.cleanUp().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, giveUp);
  process.on('uncaughtException', (error) => {
    console.error(error);
    giveUp();
  });
  try {
    const rest = chosen.values();
    const worker = async () => {
      for (const row of rest) {
        const result = await measure(row, scene, options);
        results.push(result);
        console.log(details(result));
      }
    };
    await Promise.all(Array.from({ length: options.isSmoke ? SMOKE_ROWS_AT_ONCE : 1 }, worker));
  } finally {
    await scene.cleanUp();
  }
  const isWhole = chosen.length === rows.length && !options.isSmoke && !options.profiles;
  if (isWhole)
    write({
      date: new Date().toISOString(),
      machine: machine(),
      rounds: options.rounds,
      windowMs: options.windowMs,
      rows: results,
    });
  if (options.isSmoke) proveAll(results);
}

/** A smoke run takes the first point of every series. */
function isChosen({ name, series }: Row, { rows: names, isSmoke }: BenchOptions): boolean {
  if (names.length > 0) return names.includes(name);
  const first = rows.find((other) => other.series?.name === series?.name);
  return !isSmoke || !series || first?.name === name;
}

function write(results: Results): void {
  writeFileSync('bench/results.json', `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync('docs/bench.svg', chart(results));
}

/** A smoke run passes when Hadir came through every row, but for those that this machine or version cannot run. */
function proveAll(results: readonly RowResult[]): void {
  const failed = results.filter(({ standings, absent }) => !standings.hadir && !excused(absent.hadir));
  for (const { name, absent } of failed) console.error(`${name}: ${absent.hadir ?? 'not measured'}`);
  if (failed.length > 0) process.exitCode = 1;
}

const excused = (why = '') => why === 'no Redis' || why.includes('REDIS_URL');

const args = process.argv.slice(2);
if (args.some((arg) => arg.startsWith('--url'))) {
  const { load } = await import('./load/load.js');
  await load(args).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
} else {
  await bench(args);
}
