import type { Cidr } from '../common/client-address.js';
import type { Rate } from './parsers.js';
import type { Environment, Values } from './variables.js';

/*
 * The settings in slices. Each class is a type and the token it is injected by; the one instance is frozen.
 * Durations are milliseconds, sizes are bytes, a rate of null is no limit.
 */

export abstract class ServerSettings {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: readonly Cidr[];
  readonly allowedOrigins: readonly string[];
  readonly allowEmptyOrigin: boolean;
  readonly restRate: Rate | null;
  readonly metricsToken: string | undefined;
  /** Whether the page at /console is there. */
  readonly consoleEnabled: boolean;
}

export abstract class DatabaseSettings {
  readonly url: string;
}

export abstract class ClusterSettings {
  readonly redisUrls: readonly string[] | undefined;
  readonly redisPrefix: string;
  readonly nodeLeaseMs: number;
}

export abstract class AuthSettings {
  /** The first one signs; all of them are accepted. */
  readonly jwtSecrets: readonly string[];
  readonly accessTokenTtlMs: number;
  readonly refreshTokenTtlMs: number;
  readonly sessionMaxAgeMs: number;
  readonly maxSessionsPerUser: number;
  readonly registration: 'open' | 'closed';
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  readonly seedDemo: boolean;
  readonly loginIpRate: Rate | null;
  readonly loginAccountRate: Rate | null;
}

export abstract class RealtimeSettings {
  readonly queryToken: 'on' | 'ticket-only' | 'off';
  readonly handshakeRate: Rate | null;
  readonly messageRate: Rate | null;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPolicy: 'reject' | 'replace_oldest';
  readonly maxMessageBytes: number;
  readonly sendQueueBytes: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly drainTimeoutMs: number;
}

export abstract class PresenceSettings {
  readonly graceMs: number;
  readonly autoWatch: number;
  readonly statusRate: Rate | null;
}

export abstract class TypingSettings {
  readonly ttlMs: number;
  readonly throttleMs: number;
}

export abstract class LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'pretty' | 'json';
}

export interface Settings {
  readonly server: ServerSettings;
  readonly database: DatabaseSettings;
  readonly cluster: ClusterSettings;
  readonly auth: AuthSettings;
  readonly realtime: RealtimeSettings;
  readonly presence: PresenceSettings;
  readonly typing: TypingSettings;
  readonly log: LogSettings;
}

/** Sorts what was read from the environment into slices. */
export function slice(values: Values, jwtSecrets: readonly string[]): Settings {
  const settings: Settings = {
    server: {
      environment: values.NODE_ENV,
      host: values.HOST,
      port: values.PORT,
      trustedProxies: values.TRUSTED_PROXIES,
      allowedOrigins: values.ALLOWED_ORIGINS,
      allowEmptyOrigin: values.ALLOW_EMPTY_ORIGIN,
      restRate: values.RATE_LIMIT_REST,
      metricsToken: values.METRICS_TOKEN,
      consoleEnabled: values.CONSOLE_ENABLED,
    },
    database: { url: values.DATABASE_URL },
    cluster: { redisUrls: values.REDIS_URL, redisPrefix: values.REDIS_PREFIX, nodeLeaseMs: values.NODE_LEASE },
    auth: authSlice(values, jwtSecrets),
    realtime: realtimeSlice(values),
    presence: {
      graceMs: values.PRESENCE_GRACE,
      autoWatch: values.PRESENCE_AUTO_WATCH,
      statusRate: values.RATE_LIMIT_STATUS,
    },
    typing: { ttlMs: values.TYPING_TTL, throttleMs: values.TYPING_THROTTLE },
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
  };
  Object.values(settings).forEach(Object.freeze);
  return Object.freeze(settings);
}

function authSlice(values: Values, jwtSecrets: readonly string[]): AuthSettings {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values;
  return {
    jwtSecrets,
    accessTokenTtlMs: values.ACCESS_TOKEN_TTL,
    refreshTokenTtlMs: values.REFRESH_TOKEN_TTL,
    sessionMaxAgeMs: values.SESSION_MAX_AGE,
    maxSessionsPerUser: values.MAX_SESSIONS_PER_USER,
    registration: values.REGISTRATION,
    admin: email && password ? { email, password } : undefined,
    seedDemo: values.SEED_DEMO,
    loginIpRate: values.RATE_LIMIT_LOGIN_IP,
    loginAccountRate: values.RATE_LIMIT_LOGIN_ACCOUNT,
  };
}

function realtimeSlice(values: Values): RealtimeSettings {
  return {
    queryToken: values.WS_QUERY_TOKEN,
    handshakeRate: values.RATE_LIMIT_HANDSHAKE,
    messageRate: values.RATE_LIMIT_MESSAGES,
    maxConnections: values.MAX_CONNECTIONS,
    maxConnectionsPerIp: values.MAX_CONNECTIONS_PER_IP,
    maxConnectionsPerUser: values.MAX_CONNECTIONS_PER_USER,
    maxConnectionsPolicy: values.MAX_CONNECTIONS_POLICY,
    maxMessageBytes: values.MAX_MESSAGE_BYTES,
    sendQueueBytes: values.SEND_QUEUE_BYTES,
    heartbeatIntervalMs: values.HEARTBEAT_INTERVAL,
    heartbeatTimeoutMs: values.HEARTBEAT_TIMEOUT,
    drainTimeoutMs: values.DRAIN_TIMEOUT,
  };
}
