import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dialects from './dialect.js';
import type { Dialect } from './dialect.js';
import { builtPeer } from './peers.js';
import { JWT_SECRET } from './seed.js';
import { ServerProcess } from './server-process.js';

interface Contender {
  readonly title: string;
  readonly dialect: Dialect;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** Whether Node's inspector can be asked for memory and profiles. */
  readonly isNode: boolean;
}

const UNLIMITED = '100000000/1s';

/** As a user runs it: production, every guard on; limits so high that they never say no. */
const hadirEnv = {
  HOST: '127.0.0.1',
  REGISTRATION: 'open',
  TYPING_THROTTLE: '0s',
  RATE_LIMIT_HANDSHAKE: UNLIMITED,
  RATE_LIMIT_MESSAGES: UNLIMITED,
  RATE_LIMIT_STATUS: UNLIMITED,
  MAX_CONNECTIONS: '1000000',
  MAX_CONNECTIONS_PER_IP: '1000000',
  MAX_CONNECTIONS_PER_USER: '100000',
};

const peer = (file: string) => ({ command: process.execPath, args: [builtPeer(file)] });

export const contenders = {
  hadir: {
    title: 'Hadir',
    dialect: dialects.hadir,
    command: process.execPath,
    args: ['dist/main.js'],
    env: hadirEnv,
    isNode: true,
  },
  ws: { title: 'plain ws', dialect: dialects.plain, ...peer('ws'), isNode: true },
  nest: { title: 'stock Nest', dialect: dialects.nest, ...peer('nest'), isNode: true },
  socketio: { title: 'Socket.IO', dialect: dialects.socketio, ...peer('socketio'), isNode: true },
  floor: { title: 'bare Node', dialect: dialects.bare, ...peer('floor'), isNode: true },
  bun: { title: 'Bun', dialect: dialects.plain, command: 'bun', args: [builtPeer('bun')], isNode: false },
} satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;
/** Those who do the work of every row. The floor opens and refuses, and that is all it can do. */
export const everyone = ['hadir', 'ws', 'nest', 'socketio', 'bun'] as const satisfies readonly ContenderName[];

/** Why a contender cannot take part here; undefined: it can. */
export function absence(name: ContenderName): string | undefined {
  if (name === 'bun' && spawnSync('bun', ['--version']).status !== 0) return 'not installed (npm i --no-save bun)';
  return undefined;
}

export interface Launch {
  /** Where databases and logs go. */
  readonly folder: string;
  /** The database to start from. */
  readonly database: string;
  readonly env?: Record<string, string>;
  /** With Node's inspector, to ask for memory and profiles. */
  readonly inspected?: boolean;
  /** Nodes of one cluster share a database. */
  readonly shares?: boolean;
}

let launches = 0;

export function launch(
  name: ContenderName,
  { folder, database, env, inspected, shares }: Launch,
): Promise<ServerProcess> {
  const contender: Contender = contenders[name];
  const id = (launches += 1);
  const own = join(folder, `${id}.db`);
  if (name === 'hadir' && !shares) copyFileSync(database, own);
  return ServerProcess.start({
    command: contender.command,
    args: [...(inspected && contender.isNode ? ['--inspect=127.0.0.1:0'] : []), ...contender.args],
    env: { JWT_SECRET, DATABASE_URL: `sqlite:${shares ? database : own}`, ...contender.env, ...env },
    log: join(folder, `${id}-${name}.log`),
  });
}
