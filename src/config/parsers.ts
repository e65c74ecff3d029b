import { z } from 'zod';
import { parseCidr, type Cidr } from '../common/client-address.js';
import { parseOrigin } from '../common/origin.js';
import { weakness } from '../common/password-rules.js';
import { splitSslMode, sslModes } from '../common/ssl-modes.js';

/** `count` tokens that refill evenly over `windowMs`. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** The longest delay a timer of the platform can hold. */
const MAX_MS = 2_147_483_647;

function milliseconds(text: string): number | undefined {
  const match = /^(\d{1,10})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

/** `500ms`, `8s`, `15m`, `1h`, `30d` → milliseconds. */
export function duration({ min = 1, max = MAX_MS }: { min?: number; max?: number } = {}) {
  return z.string().transform((text, context) => {
    const ms = milliseconds(text);
    if (ms !== undefined && ms >= min && ms <= max) return ms;
    context.addIssue(`must be a duration such as 500ms, 8s, 15m or 30d, from ${min} ms to ${max} ms`);
    return z.NEVER;
  });
}

/** `count/window`, or `off` → null. */
export const rate = z.string().transform((text, context): Rate | null => {
  if (text === 'off') return null;
  const [count = '', window = ''] = text.split('/');
  const windowMs = milliseconds(window);
  if (/^[1-9]\d{0,8}$/.test(count) && windowMs && windowMs <= MAX_MS && text.split('/').length === 2) {
    return { count: Number(count), windowMs };
  }
  context.addIssue('must be count/window such as 100/10s, or off');
  return z.NEVER;
});

export function integer(min: number, max: number) {
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    context.addIssue(`must be a whole number from ${min} to ${max}`);
    return z.NEVER;
  });
}

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z.enum(choices, `must be one of ${choices.join(', ')}`);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

export const origins = z.string().transform((text, context) => {
  const bad = list(text).filter((item) => parseOrigin(item) === undefined);
  if (bad.length > 0)
    context.addIssue(`must list exact origins such as https://yourapp.com, without wildcard, path or slash at the end`);
  return list(text);
});

/** One server, or several of one cluster. A comma of a password is none that separates. */
export const redisUrls = z.string().transform((text, context): string[] => {
  const urls = text.split(/,\s*(?=rediss?:\/\/)/);
  if (urls.every(isRedisUrl)) return urls;
  context.addIssue('must be a redis:// or rediss:// address, or several separated by commas');
  return z.NEVER;
});

function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return false;
  return !new URL(text).hostname.includes(',');
}

export const cidrs = z.string().transform((text, context): Cidr[] => {
  try {
    return list(text).map(parseCidr);
  } catch {
    context.addIssue('must list addresses or CIDR ranges such as 10.0.0.0/8; a number of hops is not accepted');
    return z.NEVER;
  }
});

function isDatabaseUrl(text: string): boolean {
  if (isSqliteUrl(text)) return text.length > 'sqlite:'.length;
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return /^(mysql|mariadb):$/.test(protocol) && isHost(hostname) && /^\/./.test(pathname);
}

/** The platform takes any host after a scheme it does not know; after one that it knows it looks. */
function isHost(name: string): boolean {
  return name !== '' && URL.canParse(`http://${name}`);
}

const isSqliteUrl = (text: string) => text.startsWith('sqlite:');

export const databaseUrl = z
  .string()
  .refine(
    (text) => !/^sqlite:\/\/[^/]/.test(text),
    'has // before a path that is not absolute: write sqlite:./data/hadir.db',
  )
  .refine(isDatabaseUrl, 'must be sqlite:path, mysql://user:password@host:port/database or mariadb://…')
  .refine(
    (text) => isSqliteUrl(text) || splitSslMode(text) !== undefined,
    `may end in ?ssl-mode= and one of ${Object.keys(sslModes).join(', ')}, and in nothing else`,
  );

/** Of the first administrator: good enough for everybody else, too. */
export const newPassword = z.string().superRefine((text, context) => {
  const weak = weakness(text);
  if (weak) context.addIssue(weak);
});

export const secret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must be at least 32 bytes');
