import { setTimeout as pause } from 'node:timers/promises';
import { BUSY, Client, openPatiently, RETRY_MS, type Target } from './client.js';
import { Histogram } from './histogram.js';

/** What was done, and how long each took. */
export interface Sample {
  readonly count: number;
  readonly latency: Histogram;
}

/** Nothing has arrived for this long: something was lost, in milliseconds. */
const STALLED_MS = 10_000;

const letter = (type: string) => type.charCodeAt(0);

/** Keeps so many pings of every client in flight until the time is up. */
export function ping(clients: readonly Client[], frame: Buffer, inFlight: number, forMs: number): Promise<Sample> {
  const latency = new Histogram();
  const batches = Array.from({ length: inFlight + 1 }, (_, count) => Buffer.concat(Array(count).fill(frame)));
  const until = performance.now() + forMs;
  return patiently((resolve, progress) => {
    let left = clients.length;
    for (const client of clients) {
      const sent: number[] = Array(inFlight).fill(performance.now());
      let arrived = 0;
      client.onMessage = (type) => void (arrived += type === letter('pong') ? 1 : 0);
      client.onRead = () => {
        const now = performance.now();
        const again = now < until ? arrived : 0;
        for (const before of sent.splice(0, arrived)) latency.add(now - before);
        for (let index = 0; index < again; index += 1) sent.push(now);
        arrived = 0;
        if (again > 0) client.send(batches[again]!);
        progress();
        if (sent.length === 0 && (left -= 1) === 0) resolve({ count: latency.count, latency });
      };
      client.send(batches[inFlight]!);
    }
  }, clients);
}

export interface Fan {
  readonly senders: readonly Client[];
  readonly receivers: readonly Client[];
  /** Prepared frames, endlessly. */
  readonly frames: Iterator<Buffer, Buffer>;
  readonly type: string;
}

/** One after the other, and again from the start. */
export function* inTurn(frames: readonly Buffer[]): Generator<Buffer, Buffer> {
  for (let turn = 0; ; turn += 1) yield frames[turn % frames.length]!;
}

/** All senders send at once; when everybody has everything, again. A sender who receives counts as a receiver too. */
export function fan({ senders, receivers, frames, type }: Fan, forMs: number): Promise<Sample> {
  const latency = new Histogram();
  const until = performance.now() + forMs;
  const others = senders.length > 1 ? senders.length - 1 : 0;
  const perTurn = senders.length * (receivers.length + others);
  return patiently(
    (resolve, progress) => {
      let missing = 0;
      let sentAt = 0;
      const next = () => {
        progress();
        sentAt = performance.now();
        if (sentAt >= until) return resolve({ count: latency.count, latency });
        missing = perTurn;
        const frame = frames.next().value;
        for (const sender of senders) sender.send(frame);
      };
      const hear = (heard: number) => {
        if (heard !== letter(type)) return;
        latency.add(performance.now() - sentAt);
        if ((missing -= 1) === 0) setImmediate(next);
      };
      for (const client of others > 0 ? [...senders, ...receivers] : receivers) client.onMessage = hear;
      next();
    },
    [...senders, ...receivers],
  );
}

/** Opens and ends connections, so many at a time. A target that is to be refused ends by itself. */
export async function churn(targets: readonly Target[], expected: number, forMs: number, atOnce = 16): Promise<Sample> {
  const latency = new Histogram();
  const until = performance.now() + forMs;
  let next = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const started = performance.now();
      let took = 0;
      const target = targets[(next += 1) % targets.length]!;
      const status = await visit(target, () => (took = performance.now() - started));
      if (status === expected) latency.add(took);
      else if (status === BUSY) await pause(RETRY_MS);
      else throw new Error(`answered ${status} instead of ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { count: latency.count, latency };
}

function visit(target: Target, onAnswer: () => void): Promise<number> {
  return new Promise((resolve) => {
    const client: Client = new Client(target, () => {
      onAnswer();
      client.close();
    });
    client.onEnd = () => {
      if (client.status !== 101) onAnswer();
      resolve(client.status);
    };
  });
}

/** Opens connections evenly over a time, come what may. */
export async function arrive(targets: readonly Target[], overMs: number): Promise<Sample & { clients: Client[] }> {
  const latency = new Histogram();
  const started = performance.now();
  const opening: Promise<Client>[] = [];
  while (opening.length < targets.length) {
    const due = Math.min(targets.length, Math.ceil(((performance.now() - started) / overMs) * targets.length));
    for (const target of targets.slice(opening.length, due)) {
      const from = performance.now();
      opening.push(openPatiently(target).then((client) => (latency.add(performance.now() - from), client)));
    }
    await pause(5);
  }
  const clients = await Promise.all(opening);
  return { count: clients.length, latency, clients };
}

/** Rejects when nothing moves any more; the clients go deaf in the end. */
function patiently(
  work: (resolve: (sample: Sample) => void, progress: () => void) => void,
  clients: readonly Client[],
): Promise<Sample> {
  const { promise, resolve, reject } = withResolvers<Sample>();
  let last = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - last > STALLED_MS) reject(new Error('messages were lost'));
  }, 500);
  work(resolve, () => (last = performance.now()));
  return promise.finally(() => {
    clearInterval(watch);
    for (const client of clients) client.onMessage = client.onRead = () => undefined;
  });
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<Value>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
