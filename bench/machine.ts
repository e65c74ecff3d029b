import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

const SERVER_CORE = '0';
const GENERATOR_CORE = '1';

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

let isPinned = false;

/** Keeps this process, the generator, to one core, and the servers that start from now on to another. */
export function pin(): void {
  if (!canPin) return;
  execFileSync('taskset', ['-a', '-c', '-p', GENERATOR_CORE, String(process.pid)], { stdio: 'ignore' });
  isPinned = true;
}

/** What stands before a server's command so that it keeps to its core. */
export function serverPrefix(): readonly string[] {
  return isPinned ? ['taskset', '-c', SERVER_CORE] : [];
}

/** What was measured on, in one line. */
export function machine(): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}, ${memory}, Node ${process.versions.node}, ${process.platform}`;
}

/** @throws where the operating system does not tell what a process costs */
export function requireProc(): void {
  if (!existsSync('/proc/self/stat'))
    throw new Error('The benchmark reads CPU time from /proc: it runs on Linux only.');
}
