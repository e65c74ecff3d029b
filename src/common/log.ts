import { ConsoleLogger, type LogLevel } from '@nestjs/common';

const LEVELS: LogLevel[] = ['debug', 'log', 'warn', 'error', 'fatal'];
/** What Nest tells about its own start: of use to nobody who runs the server. */
const CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'WebSocketsController']);

/** The log: lines for people in development, JSON for machines in production. */
export class Log extends ConsoleLogger {
  constructor({ level, format }: { level: 'debug' | 'info' | 'warn' | 'error'; format: 'pretty' | 'json' }) {
    const lowest = LEVELS.indexOf(level === 'info' ? 'log' : level);
    const json = format === 'json';
    super({
      json,
      colors: !json && process.stdout.isTTY,
      logLevels: LEVELS.slice(lowest),
      redact: ['password', 'token'],
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && CHATTER.has(context) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...(rest as [string]));
  }
}
