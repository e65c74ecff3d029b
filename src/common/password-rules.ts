import { dictionary } from '@zxcvbn-ts/language-common';

const MIN_BYTES = 8;
export const MAX_PASSWORD_BYTES = 1024;

const common = new Set(dictionary.passwords.filter(({ length }) => length >= MIN_BYTES));

/** What keeps a text from being somebody's new password, or undefined. */
export function weakness(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a text';
  const bytes = Buffer.byteLength(password);
  if (bytes < MIN_BYTES || bytes > MAX_PASSWORD_BYTES)
    return `must be ${MIN_BYTES} to ${MAX_PASSWORD_BYTES} bytes long`;
  return common.has(password.toLowerCase()) ? 'is one of the passwords that everybody tries first' : undefined;
}
