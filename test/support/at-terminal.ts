import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'vitest';
import { findScript, need } from './requirement.js';

/** Types at a command that sits at a terminal. @param answers what to type, each when it has asked once more */
export async function atTerminal(
  context: TestContext,
  args: string,
  env: Record<string, string>,
  answers: readonly string[],
) {
  const script = need(context, 'script, of util-linux', findScript());
  const command = `${process.execPath} dist/cli/main.js ${args}`;
  const child = spawn(script, ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  let asked = 0;
  child.stdout.on('data', (chunk) => {
    seen += String(chunk);
    const questions = seen.match(/(Password|Again|Type yes): /g)?.length ?? 0;
    for (; asked < questions; asked += 1) child.stdin.write(answers[asked] ?? '');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, seen };
}
