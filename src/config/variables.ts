import { z } from 'zod';
import {
  cidrs,
  databaseUrl,
  duration,
  flag,
  integer,
  newPassword,
  oneOf,
  origins,
  rate,
  redisUrls,
  secret,
} from './parsers.js';

export type Environment = 'development' | 'production' | 'test';

/** One environment variable: how it is read, what it is when unset, and its line in the docs. */
export interface Variable<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** The text taken when the variable is unset, per environment where it differs. */
  readonly fallback: string | undefined | ((environment: Environment, port?: string) => string | undefined);
  /** What the docs call the default where `fallback` does not say it. */
  readonly shown?: string;
  readonly meaning: string;
  /** Whether set but empty says something of its own; elsewhere it is the same as unset. */
  readonly emptyCounts?: boolean;
}

function variable<Schema extends z.ZodType>(
  schema: Schema,
  fallback: Variable['fallback'],
  meaning: string,
  shown?: string,
): Variable<Schema> {
  return { schema, fallback, meaning, ...(shown === undefined ? {} : { shown }) };
}

/** A variable that may be set to nothing. */
function list<Schema extends z.ZodType>(...parameters: Parameters<typeof variable<Schema>>): Variable<Schema> {
  return { ...variable(...parameters), emptyCounts: true };
}

const unless = (production: string | undefined, development: string | undefined) => (environment: Environment) =>
  environment === 'production' ? production : development;
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional();

const USUAL_PORT = '8080';
const USUAL_ORIGINS = 'http://localhost:3000,http://localhost:8080,https://yourapp.com';

/** So that the console and the pages of a server on another port work as they do on the usual one. */
function withOwn(port = USUAL_PORT): string {
  const own = `http://localhost:${port}`;
  return /^[1-9]\d*$/.test(port) && !USUAL_ORIGINS.split(',').includes(own) ? `${USUAL_ORIGINS},${own}` : USUAL_ORIGINS;
}

/** Every setting there is. The README's table is generated from this. */
export const variables = {
  NODE_ENV: variable(oneOf(['development', 'production', 'test']), 'development', 'production refuses insecure values'),
  HOST: variable(
    z.string().min(1),
    unless('0.0.0.0', '127.0.0.1'),
    'address to listen on',
    '127.0.0.1 (production: 0.0.0.0)',
  ),
  PORT: variable(integer(0, 65535), USUAL_PORT, 'port to listen on; 0 takes a free one'),
  DATABASE_URL: variable(
    databaseUrl,
    'sqlite:./data/hadir.db',
    'sqlite:path, mysql://… or mariadb://…, these with ?ssl-mode=VERIFY_IDENTITY for TLS',
  ),
  REDIS_URL: variable(
    optional(redisUrls),
    undefined,
    'unset: one node, everything in memory; several servers of one cluster are separated by commas',
  ),
  REDIS_PREFIX: variable(
    z.string().regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits or . : _ -'),
    'hadir',
    'what the names of all keys and channels begin with; nodes with the same one are one installation',
  ),
  JWT_SECRET: variable(
    optional(secret),
    undefined,
    'signs access tokens, at least 32 bytes; development: generated once and kept beside the database; production: required',
  ),
  JWT_SECRET_PREVIOUS: variable(optional(secret), undefined, 'still accepted while keys are rotated'),
  ACCESS_TOKEN_TTL: variable(duration({ min: 1000 }), '15m', 'life of an access token'),
  REFRESH_TOKEN_TTL: variable(
    duration({ min: 60_000, max: 365 * 86_400_000 }),
    '30d',
    'life of a session that is not used',
  ),
  SESSION_MAX_AGE: variable(
    duration({ min: 60_000, max: 3650 * 86_400_000 }),
    '90d',
    'life of a session, however often it is refreshed; then a login is needed',
  ),
  MAX_SESSIONS_PER_USER: variable(
    integer(1, 100_000),
    '100',
    'sessions of a user; a login too many ends the one that was not used for longest',
  ),
  ALLOWED_ORIGINS: list(
    origins,
    (environment, port) => (environment === 'production' ? USUAL_ORIGINS : withOwn(port)),
    'the whitelist for CORS and /ws; administrators add to it at run time; unset in development: http://localhost:PORT is on it too',
    `\`${USUAL_ORIGINS}\``,
  ),
  ALLOW_EMPTY_ORIGIN: variable(flag, 'true', 'whether clients without an Origin header (native apps) may connect'),
  WS_QUERY_TOKEN: variable(
    oneOf(['on', 'ticket-only', 'off']),
    'on',
    'what may stand in the query of /ws: token and ticket, ticket only, or nothing',
  ),
  TRUSTED_PROXIES: list(
    cidrs,
    '',
    'CIDR list of proxies whose X-Forwarded-For counts',
    'empty: X-Forwarded-For is ignored',
  ),
  REGISTRATION: variable(
    oneOf(['open', 'closed']),
    unless('closed', 'open'),
    'whether anybody may register',
    'open (production: closed)',
  ),
  ADMIN_EMAIL: variable(
    optional(z.email('must be an e-mail address')),
    undefined,
    'creates the first administrator, with ADMIN_PASSWORD',
  ),
  ADMIN_PASSWORD: variable(optional(newPassword), undefined, 'creates the first administrator, with ADMIN_EMAIL'),
  SEED_DEMO: variable(
    flag,
    (environment) => String(environment === 'development'),
    'demo users and a room in an empty database; refused in production',
    'true (production: false)',
  ),
  RATE_LIMIT_HANDSHAKE: variable(rate, '100/10s', 'handshakes per address'),
  RATE_LIMIT_LOGIN_IP: variable(rate, '60/60s', 'logins per address'),
  RATE_LIMIT_LOGIN_ACCOUNT: variable(rate, '5/60s', 'failed logins per account'),
  RATE_LIMIT_REST: variable(rate, '300/60s', 'REST requests per address'),
  RATE_LIMIT_MESSAGES: variable(rate, '40/1s', 'messages per socket'),
  RATE_LIMIT_STATUS: variable(rate, '5/30s', 'status changes per user'),
  MAX_CONNECTIONS: variable(integer(1, 1_000_000), '20000', 'sockets on this node'),
  MAX_CONNECTIONS_PER_IP: variable(integer(1, 1_000_000), '1000', 'sockets per address on this node'),
  MAX_CONNECTIONS_PER_USER: variable(integer(1, 100_000), '20', 'sockets per user over all nodes'),
  MAX_CONNECTIONS_POLICY: variable(
    oneOf(['reject', 'replace_oldest']),
    'reject',
    'what happens to one socket too many of a user',
  ),
  MAX_MESSAGE_BYTES: variable(integer(1024, 16_777_216), '65536', 'largest message a client may send'),
  SEND_QUEUE_BYTES: variable(
    // Half of it must be more than a stream of Node takes without saying later that it has room again.
    integer(65_536, 1_073_741_824),
    '1048576',
    'unsent bytes at which a slow socket is closed',
  ),
  HEARTBEAT_INTERVAL: variable(duration({ min: 100 }), '25s', 'time between server pings'),
  HEARTBEAT_TIMEOUT: variable(duration({ min: 100 }), '10s', 'time to answer a ping'),
  PRESENCE_GRACE: variable(duration({ min: 0 }), '5s', 'time without a socket before others see offline'),
  NODE_LEASE: variable(duration({ min: 1000 }), '10s', 'time after which a silent node counts as dead'),
  DRAIN_TIMEOUT: variable(
    duration({ min: 0, max: 600_000 }),
    '25s',
    'time over which sockets are sent away at shutdown',
  ),
  PRESENCE_AUTO_WATCH: variable(
    integer(0, 100_000),
    '100',
    'largest room whose members watch each other by themselves',
  ),
  TYPING_TTL: variable(duration({ min: 100 }), '8s', 'life of a typing_start that is not repeated'),
  TYPING_THROTTLE: variable(duration({ min: 0 }), '3s', 'time within which a repeated typing_start only extends'),
  METRICS_TOKEN: variable(
    optional(z.string().min(16, 'must be at least 16 characters')),
    undefined,
    'bearer token that /metrics asks for; unset in production: only this machine may read it',
  ),
  CONSOLE_ENABLED: variable(
    flag,
    unless('false', 'true'),
    'whether the page at /console is there; in production it is for administrators',
    'true (production: false)',
  ),
  LOG_LEVEL: variable(oneOf(['debug', 'info', 'warn', 'error']), 'info', 'least level that is logged'),
  LOG_FORMAT: variable(
    oneOf(['pretty', 'json']),
    unless('json', 'pretty'),
    'how log lines look',
    'pretty (production: json)',
  ),
} satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;
/** What is read from the environment, each value parsed. */
export type Values = { [Name in VariableName]: z.output<(typeof variables)[Name]['schema']> };
