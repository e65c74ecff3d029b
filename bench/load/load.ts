import { setTimeout as pause } from 'node:timers/promises';
import { type Client, open, type Target } from '../client.js';
import { hadir, type Member } from '../dialect.js';
import { clientFrame } from '../frames.js';
import { Histogram } from '../histogram.js';
import { logIn } from './accounts.js';
import { type Kind, loadOptions, type LoadOptions } from './options.js';

const TICK_MS = 10;
const PROGRESS_MS = 1000;

const frames: Record<Kind, (member: Member) => object> = {
  ping: () => ({ type: 'ping' }),
  typing: ({ rooms }) => ({ type: 'typing_start', data: { room_id: rooms[0] } }),
  status: () => ({ type: 'user_status_change', data: { status: 'online' } }),
};

/** What comes back: answers to requests by the first letter of their type; everything else is an event. */
const answers = new Map(['p', 'a', 'e'].map((letter) => [letter.charCodeAt(0), letter]));

/** A socket with its prepared frames and what it waits for. Answers come in order. */
interface Voice {
  readonly client: Client;
  readonly frames: readonly Buffer[];
  readonly sentAt: number[];
}

class Load {
  private readonly voices: Voice[] = [];
  private readonly answered = new Histogram();
  private readonly opened = new Histogram();
  private readonly count = { sent: 0, answered: 0, errors: 0, events: 0, refused: 0, lost: 0 };

  constructor(
    private readonly options: LoadOptions,
    private readonly members: readonly Member[],
  ) {}

  async run(): Promise<void> {
    const progress = setInterval(() => this.show(), PROGRESS_MS);
    await this.ramp();
    await this.talk();
    await pause(PROGRESS_MS);
    clearInterval(progress);
    this.report();
    for (const { client } of this.voices) client.close();
  }

  private async ramp(): Promise<void> {
    const { connections, rampMs } = this.options;
    const opening: Promise<void>[] = [];
    const started = performance.now();
    while (opening.length < connections) {
      const due = Math.min(connections, Math.ceil(((performance.now() - started) / rampMs) * connections));
      while (opening.length < due) opening.push(this.join(this.members[opening.length % this.members.length]!));
      await pause(TICK_MS);
    }
    await Promise.all(opening);
  }

  private async join(member: Member): Promise<void> {
    const started = performance.now();
    const client = await open(target(this.options.url, member)).catch(() => undefined);
    if (!client) return void (this.count.refused += 1);
    this.opened.add(performance.now() - started);
    const prepared = this.options.mix.map((kind) => clientFrame(JSON.stringify({ id: kind, ...frames[kind](member) })));
    const voice: Voice = { client, frames: prepared, sentAt: [] };
    client.onMessage = (letter) => this.hear(voice, letter);
    client.onEnd = () => void (this.count.lost += 1);
    this.voices.push(voice);
  }

  private hear({ sentAt }: Voice, letter: number): void {
    const answer = answers.get(letter);
    const at = answer === undefined ? undefined : sentAt.shift();
    // A presence_snapshot shares its letter with pong, but nobody waits when it comes.
    if (at === undefined) return void (this.count.events += 1);
    this.answered.add(performance.now() - at);
    this.count[answer === 'e' ? 'errors' : 'answered'] += 1;
  }

  /** Messages at the rate that was asked for, whatever the answers do. */
  private async talk(): Promise<void> {
    const { rate, forMs } = this.options;
    if (this.voices.length === 0) throw new Error('no connection was accepted');
    const started = performance.now();
    for (let spent = 0; spent < forMs; spent = performance.now() - started) {
      const due = Math.floor((spent / 1000) * rate);
      while (this.count.sent < due) this.send(this.count.sent);
      await pause(TICK_MS);
    }
  }

  private send(turn: number): void {
    const { client, frames: prepared, sentAt } = this.voices[turn % this.voices.length]!;
    sentAt.push(performance.now());
    client.send(prepared[Math.floor(turn / this.voices.length + turn) % prepared.length]!);
    this.count.sent += 1;
  }

  private show(): void {
    const { sent, answered, errors, events, refused, lost } = this.count;
    const latency = `p50 ${this.answered.percentile(0.5).toFixed(1)} p99 ${this.answered.percentile(0.99).toFixed(1)} ms`;
    const line = `${this.voices.length} open, ${refused} refused, ${lost} lost | ${sent} sent, ${answered} answered, ${errors} errors, ${events} events | ${latency}`;
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  private report(): void {
    this.show();
    const times = (histogram: Histogram) =>
      [0.5, 0.9, 0.99, 0.999].map((share) => `p${share * 100} ${histogram.percentile(share).toFixed(2)} ms`).join('  ');
    console.log(`\nhandshake  ${times(this.opened)}\nanswer     ${times(this.answered)}`);
  }
}

function target(url: URL, member: Member): Target {
  const isSecure = url.protocol === 'wss:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  return { host: url.hostname, port, isSecure, dialect: hadir, path: hadir.path(member) };
}

/** Loads a server that runs, as its clients would. */
export async function load(args: readonly string[]): Promise<void> {
  const options = loadOptions(args);
  const members = await logIn(options.url, options.emails, options.password);
  await new Load(options, members).run();
}
