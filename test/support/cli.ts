import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandEnd {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs the built command of operators. @param input what is piped in */
export async function hadir(
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): Promise<CommandEnd> {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/cli/main.js', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  // A command that reads nothing may be gone before it is written to.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, errors };
}
