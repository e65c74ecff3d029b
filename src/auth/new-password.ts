import { dictionary } from '@zxcvbn-ts/language-common';
import { ValidateBy } from 'class-validator';

const MIN_BYTES = 8;
const MAX_BYTES = 1024;

const common = new Set(dictionary.passwords.filter(({ length }) => length >= MIN_BYTES));

/** What keeps a text from being somebody's new password, or undefined. */
export function weakness(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a text';
  const bytes = Buffer.byteLength(password);
  if (bytes < MIN_BYTES || bytes > MAX_BYTES) return `must be ${MIN_BYTES} to ${MAX_BYTES} bytes long`;
  return common.has(password.toLowerCase()) ? 'is one of the passwords that everybody tries first' : undefined;
}

/** A password to set: long enough, hashed whole, and none of the common ones. */
export const IsNewPassword = () =>
  ValidateBy({
    name: 'isNewPassword',
    validator: {
      validate: (value) => weakness(value) === undefined,
      defaultMessage: (rule) => weakness(rule?.value) ?? '',
    },
  });

/** A password to compare: whatever could be one. */
export const IsPassword = () =>
  ValidateBy({
    name: 'isPassword',
    validator: {
      validate: (value) => typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_BYTES,
      defaultMessage: () => `must be a text of at most ${MAX_BYTES} bytes`,
    },
  });
