import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { loadSetting } from '../config/env.js';
import { AuditLog } from './audit.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { minutes } from './minutes.js';
import type { Terminal } from './terminal.js';

const STEPS = ['announce', 'switch', 'forget'] as const;
const RANDOM_BYTES = 48;
/** How long the nodes' access tokens live, as people read it. */
const tokenTtl = () => minutes(loadSetting('ACCESS_TOKEN_TTL'));
const restart = 'Then restart the nodes one after the other, each when the one before is ready.';

/** Changes the signing secret in three steps, so that no token that is still good is ever refused. */
export const rotateSecret: Command = {
  name: 'rotate-secret',
  usage: '[--step announce|switch|forget --secret-file FILE --previous-file FILE]',
  meaning:
    'makes a new JWT_SECRET and says the steps; with files it takes one step in what JWT_SECRET_FILE and JWT_SECRET_PREVIOUS_FILE name',
  options: { step: { type: 'string' }, 'secret-file': { type: 'string' }, 'previous-file': { type: 'string' } },
  words: 0,
  run({ values: { step, 'secret-file': current, 'previous-file': previous } }, terminal) {
    const isBare = step === undefined && current === undefined && previous === undefined;
    if (isBare) print(terminal);
    else if (typeof current === 'string' && typeof previous === 'string')
      take(String(step), { current, previous }, terminal);
    else throw new CommandFailed('--step, --secret-file and --previous-file belong together.');
    return Promise.resolve(0);
  },
};

const fresh = () => randomBytes(RANDOM_BYTES).toString('base64url');

/** The secret alone on stdout, so that it can be piped into a store of secrets. */
function print(terminal: Terminal): void {
  terminal.complain(
    [
      'A new secret is on standard output. Nobody is logged out when you change to it in three steps, each followed by a',
      'restart of the nodes, one after the other:',
      '  1 announce  JWT_SECRET=the old one  JWT_SECRET_PREVIOUS=the new one   (a single node can skip this)',
      '  2 switch    JWT_SECRET=the new one  JWT_SECRET_PREVIOUS=the old one',
      '  3 forget    JWT_SECRET=the new one  JWT_SECRET_PREVIOUS unset,',
      `              once ACCESS_TOKEN_TTL (${tokenTtl()}) has passed since 2`,
      'After a leak set the new JWT_SECRET alone on all nodes, and then: hadir end-sessions. docs/operations.md, After a leak.',
    ].join('\n'),
  );
  terminal.say(fresh());
}

interface Files {
  readonly current: string;
  readonly previous: string;
}

function take(step: string, { current, previous }: Files, terminal: Terminal): void {
  if (!STEPS.some((one) => one === step)) throw new CommandFailed(`--step must be one of ${STEPS.join(', ')}.`);
  const [log, ttl] = [new AuditLog(loadSetting('LOG_FORMAT')), tokenTtl()];
  const [now, other] = [read(current), read(previous)];
  if (now === '') throw new CommandFailed(`${current} holds no secret.`);
  if (step === 'announce') {
    if (other !== '')
      throw new CommandFailed(`${previous} holds a secret already: a rotation is under way; switch or forget.`);
    write(previous, fresh());
    terminal.say(`${previous} holds the next secret, which is accepted from now on. ${restart} Then: --step switch.`);
  } else if (step === 'switch') {
    if (other === '') throw new CommandFailed(`${previous} holds no secret: announce comes first.`);
    // In this order, so that a crash between the two loses neither.
    const keep = `${previous}.old`;
    write(keep, now);
    write(current, other);
    renameSync(keep, previous);
    terminal.say(
      `${current} holds the new secret. ${restart} When ACCESS_TOKEN_TTL (${ttl}) has passed: --step forget.`,
    );
  } else {
    write(previous, '');
    terminal.say(`The old secret is forgotten. ${restart}`);
  }
  log.record('secret_rotation', { step, secret_file: current });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Readers see the old file or the new one. */
function write(path: string, text: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600;
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}
