import { ValidateBy } from 'class-validator';
import { MAX_PASSWORD_BYTES, weakness } from '../common/password-rules.js';

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
      validate: (value) => typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_PASSWORD_BYTES,
      defaultMessage: () => `must be a text of at most ${MAX_PASSWORD_BYTES} bytes`,
    },
  });
