import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { type Clock, iso } from './clock.js';
import { FloodGate } from './flood-gate.js';
import { jsonLine, type LogEntry, prettyLine } from './log-line.js';

export interface LogFormat {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'pretty' | 'json';
}

const LEVELS: LogLevel[] = ['debug', 'log', 'warn', 'error', 'fatal'];
/** Lines a second of one cause. What somebody else may need as evidence is held back only when it would fill disks. */
const PER_SECOND = 10;
const EVIDENCE_PER_SECOND = 1000;
const EVIDENCE = new Set(['security', 'request']);
/** What Nest tells about its own start: of use to nobody who runs the server. */
const CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'WebSocketsController']);

/** Writes what Nest's Logger is told: JSON lines or lines for people, without secrets, and no flood of them. */
export class Log extends ConsoleLogger {
  /** Told the context of each line that was held back. */
  onSuppressed: (context: string) => void = () => undefined;
  private readonly gate: FloodGate;

  constructor(
    private readonly settings: LogFormat,
    private readonly clock: Clock,
  ) {
    const lowest = LEVELS.indexOf(settings.level === 'info' ? 'log' : settings.level);
    super({ logLevels: LEVELS.slice(lowest), structuredParams: true });
    this.gate = new FloodGate(clock);
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
    stream: 'stdout' | 'stderr' = 'stdout',
    ...[stack, params]: [unknown?, Record<string, unknown>?]
  ): void {
    if (level === 'log' && CHATTER.has(context) && !this.isLevelEnabled('debug')) return;
    const perSecond = EVIDENCE.has(context) ? EVIDENCE_PER_SECOND : PER_SECOND;
    for (const message of messages) {
      const suppressed = this.gate.pass(`${level} ${context} ${causeOf(message)}`, perSecond);
      if (suppressed === undefined) {
        this.onSuppressed(context);
        continue;
      }
      const said = content(message);
      const fields = { ...said.fields, ...params, ...(suppressed > 0 && { suppressed }) };
      const trace = typeof stack === 'string' ? stack : said.stack;
      this.write({ ...this.header(level, context), ...said, fields, ...(trace && { stack: trace }) }, stream);
    }
  }

  /** The stack is part of the line already. */
  protected override printStackTrace(): void {
    return;
  }

  private header(level: LogLevel, context: string): Pick<LogEntry, 'time' | 'level' | 'context'> {
    return { time: iso(this.clock.now()), level: level === 'log' ? 'info' : level, context };
  }

  private write(entry: LogEntry, stream: 'stdout' | 'stderr'): void {
    const output = process[stream];
    const line = this.settings.format === 'json' ? jsonLine(entry) : prettyLine(entry, output.isTTY);
    output.write(`${line}\n`);
  }
}

type Content = Pick<LogEntry, 'message' | 'fields' | 'stack'>;

function content(message: unknown): Content {
  if (message instanceof Error)
    return { message: message.message, fields: {}, ...(message.stack && { stack: message.stack }) };
  if (isPlain(message)) return { fields: { ...message } };
  return { message: String(message), fields: {} };
}

/** What several lines have in common: the event, or the words before whatever differs from line to line. */
function causeOf(message: unknown): string {
  if (isPlain(message)) return typeof message.event === 'string' ? message.event : '';
  const words = message instanceof Error ? message.message : String(message);
  return (/^[^\d=:{"]*/.exec(words)?.[0] ?? '').slice(0, 80);
}

function isPlain(message: unknown): message is Record<string, unknown> {
  return typeof message === 'object' && message !== null && !(message instanceof Error);
}
