import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

/** A program that runs beside a test and ends with it. */
export class Program {
  readonly exited: Promise<number | null>;
  private text = '';

  constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.exited = once(child, 'close').then(([code]) => code as number | null);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.text += String(chunk)));
  }

  /** Everything it has written so far. */
  get output(): string {
    return this.text;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export function runProgram(command: string, ...args: string[]): Program {
  const program = new Program(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  onTestFinished(async () => {
    program.kill('SIGKILL');
    await program.exited;
  });
  return program;
}
