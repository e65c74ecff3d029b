import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Program, runProgram } from './program.js';

/** Of the block that is set aside for benchmarks: no network that anybody uses has them. */
const NEAR = '198.18.77.1';
const FAR = '198.18.77.2';
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Opens so many sockets and says so, a line each. */
const CLIENTS = `
  import WebSocket from 'ws';
  const [url, token, count] = process.argv.slice(1);
  for (let left = Number(count); left > 0; left -= 1) {
    const socket = new WebSocket(url, { headers: { Authorization: 'Bearer ' + token }, perMessageDeflate: false });
    socket.once('open', () => console.log('open'));
    socket.once('error', (error) => console.error(error.message));
  }`;

const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A network of its own on this machine, joined to it by one cable (a pair of veth devices). Needs root and iproute2. */
export class FarNetwork {
  /** The address by which this machine is reached from there. */
  readonly near = NEAR;

  private constructor(
    private readonly name: string,
    private readonly cable: string,
  ) {}

  static build(): FarNetwork {
    const [name, cable] = [`hadir-${process.pid}`, `hdr${process.pid}`];
    onTestFinished(() => void ip('netns', 'del', name));
    ip('netns', 'add', name);
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'far', 'netns', name);
    ip('addr', 'add', `${NEAR}/30`, 'dev', cable);
    ip('link', 'set', cable, 'up');
    ip('-n', name, 'addr', 'add', `${FAR}/30`, 'dev', 'far');
    ip('-n', name, 'link', 'set', 'far', 'up');
    return new FarNetwork(name, cable);
  }

  /** Opens sockets from there. @returns the program that holds them; it writes `open` for each */
  connect(url: string, token: string, count: number): Program {
    const node = [process.execPath, '--input-type=module', '-e', CLIENTS, url, token, String(count)];
    return runProgram('ip', 'netns', 'exec', this.name, 'env', '-C', HERE, ...node);
  }

  /** Pulls the cable: from now on nothing passes, and nobody is told. */
  pull(): void {
    ip('link', 'set', this.cable, 'down');
  }
}
