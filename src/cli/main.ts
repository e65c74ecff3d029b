#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { BadSettings } from '../config/env.js';
import { backup } from './backup.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { createAdmin } from './create-admin.js';
import { doctor } from './doctor.js';
import { endSessions } from './end-sessions.js';
import { migrate } from './migrate.js';
import { revokeUser } from './revoke-user.js';
import { rotateSecret } from './rotate-secret.js';
import { Terminal } from './terminal.js';

const commands: readonly Command[] = [migrate, createAdmin, revokeUser, endSessions, rotateSecret, backup, doctor];
const WRONG_USE = 2;

function help(): string {
  const lines = commands.map(({ name, usage, meaning }) => `  ${`${name} ${usage}`.trim()}\n      ${meaning}`);
  return [
    'usage: hadir COMMAND',
    '',
    ...lines,
    '',
    'Settings are those of the server: the same environment, the same working directory.',
    'Exit codes: 0 done, 1 not done, 2 called wrongly.',
  ].join('\n');
}

function parse({ options, words, name, usage }: Command, args: string[]) {
  const input = parseArgs({ args, options, allowPositionals: true });
  if (input.positionals.length !== words) throw new TypeError(`usage: hadir ${name} ${usage}`);
  return input;
}

async function run(terminal: Terminal, [name = '', ...args]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    terminal.say(help());
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) {
    terminal.complain(help());
    return WRONG_USE;
  }
  let input;
  try {
    input = parse(command, args);
  } catch (error) {
    terminal.complain((error as Error).message);
    return WRONG_USE;
  }
  return command.run(input, terminal);
}

const terminal = new Terminal();
try {
  process.exitCode = await run(terminal, process.argv.slice(2));
} catch (error) {
  const isKnown = error instanceof CommandFailed || error instanceof BadSettings;
  terminal.complain(isKnown ? error.message : `failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
