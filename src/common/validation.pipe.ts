import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { ProblemDetail } from '../protocol/index.js';
import { Problem } from './problem.js';

/** What class-validator calls the rule that a field nobody knows breaks. */
const UNKNOWN = 'whitelistValidation';

/** Checks bodies and queries against their classes: unknown fields are refused, and no answer repeats what was sent. */
export function bodyValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: true },
    exceptionFactory: (errors) =>
      new Problem('validation_failed', { details: errors.flatMap((error) => details(error)) }),
  });
}

function details(error: ValidationError, parent = ''): ProblemDetail[] {
  const field = `${parent}${printable(error.property)}`;
  const { value, constraints = {} } = error as { value?: unknown; constraints?: Record<string, string> };
  const isMissing = value === undefined && !(UNKNOWN in constraints);
  const own = Object.values(constraints).map((message) => ({
    field,
    message: isMissing ? 'is required' : withoutName(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => details(child, `${field}.`))];
}

/** The name of an unknown field comes from the client: it is shown only as far as it is harmless. */
function printable(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64);
}

/** class-validator begins its messages with the name of the field, which stands beside them already. */
function withoutName(message: string, property: string): string {
  if (message === `property ${property} should not exist`) return 'is not a known field';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
