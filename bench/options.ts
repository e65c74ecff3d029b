import { parseArgs } from 'node:util';
import { contenders, type ContenderName } from './contenders.js';

export interface BenchOptions {
  readonly isSmoke: boolean;
  readonly rounds: number;
  readonly windowMs: number;
  /** Names of rows; empty: all of them. */
  readonly rows: readonly string[];
  readonly contenders: readonly ContenderName[];
  /** Where profiles of Hadir go; undefined: none are taken. */
  readonly profiles: string | undefined;
}

const list = (text: string | undefined) => text?.split(',').filter(Boolean) ?? [];

export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rows: { type: 'string' },
      contenders: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { smoke: isSmoke } = values;
  return {
    isSmoke,
    rounds: Number(values.rounds ?? (isSmoke ? 1 : 5)),
    windowMs: Number(values.seconds ?? (isSmoke ? 0.15 : 3)) * 1000,
    rows: list(values.rows),
    contenders: (values.contenders ? list(values.contenders) : Object.keys(contenders)) as ContenderName[],
    profiles: values.profile,
  };
}
