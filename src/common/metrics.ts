import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { clientMessages, closeCodes, type CloseCause, type ProblemCode } from '../protocol/index.js';
import { Latency, Tally } from './tally.js';

const HANDLER_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const messageTypes = new Set(clientMessages.map(({ type }) => type));
const known = (type: string) => (messageTypes.has(type) ? type : 'unknown');

let processRegistry: Registry | undefined;

/** Memory, CPU, garbage collection and event-loop lag belong to the process, however many apps run in it. */
function processMetrics(): Registry {
  if (!processRegistry) collectDefaultMetrics({ register: (processRegistry = new Registry()) });
  return processRegistry;
}

/** What waits in the send queues of all connections. */
export interface SendQueues {
  readonly bytes: number;
  readonly connections: number;
}

/** What the node counts. Label values come from the catalogues, never from a client. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private open = 0;
  private readQueues: () => SendQueues = () => ({ bytes: 0, connections: 0 });

  private readonly handshakes = this.tally('hadir_handshakes_total', 'WebSocket handshakes by result', 'result');
  private readonly closed = this.tally('hadir_connections_closed_total', 'Closed connections by cause', 'cause');
  private readonly messages = new Tally(
    this.registry,
    { name: 'hadir_messages_total', help: 'Messages of clients by type and result' },
    ['type', 'result'],
  );
  private readonly logins = this.tally('hadir_logins_total', 'Logins by result', 'result');
  private readonly suppressed = this.tally(
    'hadir_log_lines_suppressed_total',
    'Log lines left out of a flood',
    'context',
  );
  private readonly droppedOnBus = this.tally(
    'hadir_bus_dropped_total',
    'Publications between nodes that were lost, by cause',
    'cause',
  );
  private readonly handlers = new Latency(
    this.registry,
    { name: 'hadir_message_handling_seconds', help: 'Time to handle a message, by type' },
    'type',
    HANDLER_BUCKETS,
  );
  private readonly deliveries = new Counter({
    name: 'hadir_deliveries_total',
    help: 'Frames handed to sockets',
    registers: [this.registry],
  });
  private readonly requests = new Histogram({
    name: 'hadir_http_request_seconds',
    help: 'HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: HTTP_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    this.gauge('hadir_connections', 'Open WebSocket connections', () => this.open);
    this.gauge('hadir_send_queue_bytes', 'Bytes that sockets have not taken yet', () => this.readQueues().bytes);
    this.gauge('hadir_send_queue_connections', 'Connections with unsent bytes', () => this.readQueues().connections);
    processMetrics();
  }

  connectionOpened(): void {
    this.open += 1;
  }

  /** @param cause why the server closed it, or `left` where the client did, or `lost` where it just vanished */
  connectionClosed(cause: CloseCause | 'left' | 'lost'): void {
    this.open -= 1;
    this.closed.add(cause in closeCodes || cause === 'left' ? cause : 'lost');
  }

  handshake(result: ProblemCode | 'accepted'): void {
    this.handshakes.add(result);
  }

  message(type: string, result: ProblemCode | 'ok'): void {
    this.messages.add(known(type), result);
  }

  handled(type: string, seconds: number): void {
    this.handlers.observe(known(type), seconds);
  }

  delivered(frames: number): void {
    this.deliveries.inc(frames);
  }

  login(result: ProblemCode | 'ok'): void {
    this.logins.add(result);
  }

  /** Says how to find out, at each scrape, what waits for slow sockets. */
  readQueuesBy(read: () => SendQueues): void {
    this.readQueues = read;
  }

  /** @param route the pattern that matched, such as /api/v1/rooms/:id */
  httpRequest(method: string, route: string, status: number, seconds: number): void {
    this.requests.labels(method, route, String(status)).observe(seconds);
  }

  logSuppressed(context: string): void {
    this.suppressed.add(context);
  }

  /** @param cause Redis was down, too much was on its way, what came was no publication, or it came after a newer one */
  busDropped(cause: 'down' | 'full' | 'garbage' | 'late', publications = 1): void {
    this.droppedOnBus.add(cause, '', publications);
  }

  /** Everything, in the Prometheus text format. */
  async text(): Promise<string> {
    return Registry.merge([processMetrics(), this.registry]).metrics();
  }

  private tally(name: string, help: string, label: string): Tally {
    return new Tally(this.registry, { name, help }, [label]);
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
