import { dictionary } from '@zxcvbn-ts/language-common';

const MIN_BYTES = 8;
export const MAX_PASSWORD_BYTES = 1024;

/** Of the demo users of a development machine. The README says it, so it is good for nobody else. */
export const DEMO_PASSWORD = 'hadir-demo-2026';

const common = new Set([DEMO_PASSWORD, ...dictionary.passwords.filter(({ length }) => length >= MIN_BYTES)]);

/** What keeps a text from being somebody's new password, or undefined. */
export function weakness(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a text';
  const bytes = Buffer.byteLength(password);
  if (bytes < MIN_BYTES || bytes > MAX_PASSWORD_BYTES)
    return `must be ${MIN_BYTES} to ${MAX_PASSWORD_BYTES} bytes long`;
  return common.has(password.toLowerCase()) ? 'is one of the passwords that everybody tries first' : undefined;
}
