import { CannotStart } from './common/cannot-start.js';
import { BadSettings } from './config/env.js';
import { RedisOutage } from './redis/outage.js';

/** Why the server did not start, for whoever set it up; undefined where it is a bug, and the stack says more. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof BadSettings) return error.message;
  const cause =
    error instanceof CannotStart ? error.message : error instanceof RedisOutage ? error.reason : notBound(error);
  return cause && `Hadir cannot start: ${cause}.\n\`npx hadir doctor\` looks at everything that it needs.`;
}

interface BindError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
}

/** What keeps the server from listening at HOST and PORT. */
function notBound(error: unknown): string | undefined {
  const { code, syscall = '', address, port, message } = error as Partial<BindError>;
  if (!['listen', 'getaddrinfo'].includes(syscall)) return undefined;
  if (code === 'EADDRINUSE') return `another program listens on ${address}:${port}; set another PORT`;
  return `HOST and PORT cannot be listened on (${message})`;
}
