import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.js';
import { type Finding, ok, warn } from './finding.js';

/** What a node opens beside its sockets: the database, Redis, logs, requests under way. */
const BESIDE_SOCKETS = 300;
const LEAST_FREE_BYTES = 256 * 1024 * 1024;

export function checkFiles({ realtime: { maxConnections }, database: { url } }: Settings): Finding[] {
  return [checkLimit(maxConnections), ...checkDisk(url)];
}

/** The platform's own report has the limits of every system that has any. */
function checkLimit(maxConnections: number): Finding {
  const check = 'file limits';
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = userLimits?.open_files?.soft;
  if (soft === undefined || soft === 'unlimited') return ok(check, 'no limit on open files');
  const needed = maxConnections + BESIDE_SOCKETS;
  if (Number(soft) >= needed) return ok(check, `${soft} open files, ${needed} are needed for MAX_CONNECTIONS`);
  const todo = `Set LimitNOFILE=${needed} (systemd) or ulimit -n ${needed} for the server, or lower MAX_CONNECTIONS.`;
  return warn(check, `${soft} open files (of this shell) are too few for MAX_CONNECTIONS=${maxConnections}`, todo);
}

function checkDisk(url: string): Finding[] {
  if (!url.startsWith('sqlite:') || url === 'sqlite::memory:') return [];
  const folder = dirname(url.slice('sqlite:'.length));
  if (!existsSync(folder)) return [];
  const { bavail, bsize } = statfsSync(folder);
  const free = `${Math.round((bavail * bsize) / 1024 / 1024)} MiB free in ${folder}`;
  return [
    bavail * bsize >= LEAST_FREE_BYTES ? ok('disk', free) : warn('disk', free, 'A full disk ends logins: make room.'),
  ];
}
