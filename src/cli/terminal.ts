import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailed } from './command-failed.js';

const silence = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Where an operator reads and types. */
export class Terminal {
  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  complain(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** A secret typed without echo, or the first line of what is piped in. Never an argument: those are seen by every user of the machine. */
  async secret(prompt: string): Promise<string> {
    return process.stdin.isTTY ? this.typed(prompt) : firstLine();
  }

  /** What somebody at the terminal types, and everybody sees. */
  async answer(question: string): Promise<string> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const gone = new Promise<string>((resolve) => {
      for (const event of ['SIGINT', 'close']) lines.once(event, () => resolve(''));
    });
    try {
      return (await Promise.race([lines.question(question), gone])).trim();
    } finally {
      lines.close();
    }
  }

  get isInteractive(): boolean {
    return process.stdin.isTTY;
  }

  private async typed(prompt: string): Promise<string> {
    const lines = createInterface({ input: process.stdin, output: silence, terminal: true });
    // From here on the terminal shows nothing that is typed.
    process.stderr.write(prompt);
    const interrupted = new Promise<never>((_, reject) => {
      for (const event of ['SIGINT', 'close']) lines.once(event, () => reject(new CommandFailed('Nothing was done.')));
    });
    try {
      return await Promise.race([lines.question(''), interrupted]);
    } finally {
      lines.close();
      process.stderr.write('\n');
    }
  }
}

async function firstLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
