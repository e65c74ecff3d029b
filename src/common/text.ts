import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { applyDecorators } from '@nestjs/common';

// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

/** A line of text for people: trimmed, `min` to `max` characters, without control characters or halves of surrogate pairs. */
export function IsLine(min: number, max: number): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    ValidateBy({
      name: 'isLine',
      constraints: [min, max],
      validator: {
        validate: (value) => typeof value === 'string' && isLine(value, min, max),
        defaultMessage: () => `must be one line of ${min} to ${max} characters`,
      },
    }),
  );
}

function isLine(text: string, min: number, max: number): boolean {
  return text.length >= min && text.length <= max && !UNPRINTABLE.test(text);
}
