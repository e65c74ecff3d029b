import type { ParseArgsConfig } from 'node:util';
import type { Terminal } from './terminal.js';

/** What follows the name of a command. */
interface Input {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** One thing that operators do. */
export interface Command {
  readonly name: string;
  /** What follows the name, as the help shows it. */
  readonly usage: string;
  readonly meaning: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many words that are no options it takes. */
  readonly words: number;
  /** @returns the exit code: 0 done, 1 not done @throws CommandFailed, BadSettings */
  run(input: Input, terminal: Terminal): Promise<number>;
}
