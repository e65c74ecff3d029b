import { join } from 'node:path';
import type { Bench } from './bench.js';
import { absence } from './contenders.js';
import { Inspector } from './inspector.js';
import type { BenchOptions } from './options.js';
import { hasRedis } from './redis.js';
import { type RowResult, resultOf } from './results.js';
import { contenderOf, type Entrant, type Figure, type Row, type Stage } from './row.js';

type Absent = Partial<Record<Entrant, string>>;

const firstLine = (error: unknown) =>
  String(error instanceof Error ? error.message : error)
    .split('\n', 3)
    .join(' ');

/** Measures one row: everybody in turn, round after round. */
export async function measure(row: Row, bench: Bench, options: BenchOptions): Promise<RowResult> {
  const absent = await absentees(row, options);
  const entrants = row.entrants.filter((entrant) => !(entrant in absent));
  const turn = { row, bench, options, absent };
  const figures = await (row.isFresh ? measureFresh(entrants, turn) : measureStanding(entrants, turn));
  for (const entrant of Object.keys(absent) as Entrant[]) figures.delete(entrant);
  return resultOf(row, figures, absent);
}

async function absentees({ entrants, needsRedis }: Row, { contenders }: BenchOptions): Promise<Absent> {
  const noRedis = needsRedis && !(await hasRedis());
  const absent: Absent = {};
  for (const entrant of entrants) {
    const name = contenderOf(entrant);
    const why = noRedis ? 'no Redis' : contenders.includes(name) ? absence(name) : 'left out';
    if (why) absent[entrant] = why;
  }
  return absent;
}

interface Turn {
  readonly row: Row;
  readonly bench: Bench;
  readonly options: BenchOptions;
  readonly absent: Absent;
}

/** All servers stand side by side, warm, and each is measured while the others are idle. */
async function measureStanding(entrants: readonly Entrant[], turn: Turn) {
  const { row, bench, options, absent } = turn;
  const stages = new Map<Entrant, Stage>();
  const figures = new Map<Entrant, Figure[]>();
  try {
    for (const entrant of entrants) {
      const stage = await row.open(entrant, bench).catch((error: unknown) => void (absent[entrant] = firstLine(error)));
      if (stage) stages.set(entrant, stage);
    }
    for (let round = -1; round < options.rounds; round += 1) {
      for (const [entrant, stage] of stages) {
        const figure = await attempt(turn, entrant, stage);
        // The first round is for warming up.
        if (figure && round >= 0) keep(figures, entrant, figure);
      }
    }
  } finally {
    for (const stage of stages.values()) await stage.close();
  }
  return figures;
}

/** A new server for every measurement. */
async function measureFresh(entrants: readonly Entrant[], turn: Turn) {
  const { row, bench, options, absent } = turn;
  const figures = new Map<Entrant, Figure[]>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const entrant of entrants) {
      const stage = await row.open(entrant, bench).catch((error: unknown) => void (absent[entrant] = firstLine(error)));
      const figure = stage && (await attempt(turn, entrant, stage));
      if (figure) keep(figures, entrant, figure);
      await stage?.close();
    }
  }
  return figures;
}

/** One measurement. Who fails is out of the row and of all its rounds. */
async function attempt({ row, options, absent }: Turn, entrant: Entrant, stage: Stage): Promise<Figure | undefined> {
  if (absent[entrant]) return undefined;
  try {
    return await profiled(row, entrant, stage, options);
  } catch (error) {
    absent[entrant] = firstLine(error);
    return undefined;
  }
}

function keep(figures: Map<Entrant, Figure[]>, entrant: Entrant, figure: Figure): void {
  const kept = figures.get(entrant);
  if (kept) kept.push(figure);
  else figures.set(entrant, [figure]);
}

async function profiled(row: Row, entrant: Entrant, stage: Stage, { profiles }: BenchOptions): Promise<Figure> {
  if (!profiles || entrant !== 'hadir') return stage.measure();
  const inspectors = await Promise.all(stage.servers.map((server) => Inspector.attach(server)));
  for (const inspector of inspectors) await inspector.startProfile();
  const figure = await stage.measure();
  for (const [node, inspector] of inspectors.entries()) {
    await inspector.writeProfile(join(profiles, `${row.name.replaceAll(' ', '-')}-${node}.cpuprofile`));
    inspector.close();
  }
  return figure;
}
