import type { Entrant, Figure, Row } from './row.js';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Standing {
  readonly cost: Spread;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly rss: number;
}

export interface RowResult {
  readonly name: string;
  readonly work: string;
  readonly unit: Row['unit'];
  readonly series?: Row['series'];
  readonly standings: Partial<Record<Entrant, Standing>>;
  /** Hadir's cost as a multiple of the other's in the same round. */
  readonly ratios: Partial<Record<Entrant, Spread & { readonly goal?: number }>>;
  /** Why somebody did not take part. */
  readonly absent: Partial<Record<Entrant, string>>;
}

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly windowMs: number;
  readonly rows: readonly RowResult[];
}

type Figures = ReadonlyMap<Entrant, readonly Figure[]>;

export function resultOf(row: Row, figures: Figures, absent: Partial<Record<Entrant, string>>): RowResult {
  const { name, work, unit, series, goals = {} } = row;
  const standings: RowResult['standings'] = {};
  const ratios: Record<string, Spread & { goal?: number }> = {};
  const own = figures.get('hadir');
  for (const [entrant, measured] of figures) {
    standings[entrant] = standing(measured);
    if (entrant === 'hadir' || !own) continue;
    const goal = goals[entrant];
    const ratio = spread(own.map(({ cost }, round) => cost / (measured[round]?.cost ?? Number.NaN)));
    ratios[entrant] = { ...ratio, ...(goal !== undefined && { goal }) };
  }
  return { name, work, unit, ...(series && { series }), standings, ratios, absent };
}

function standing(figures: readonly Figure[]): Standing {
  const middle = (field: keyof Figure) => spread(figures.map((figure) => figure[field])).median;
  return {
    cost: spread(figures.map(({ cost }) => cost)),
    perSecond: middle('perSecond'),
    p50: middle('p50'),
    p99: middle('p99'),
    rss: middle('rss'),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? sorted[0] ?? 0)) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}
