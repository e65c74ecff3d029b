import type { z } from 'zod';
import type { ProblemDetail } from '../protocol/index.js';

const MAX_DETAILS = 10;
const MAX_FIELD_LENGTH = 64;

/** Says which fields are wrong and how, never what they hold. */
export function details(error: z.ZodError): ProblemDetail[] {
  return error.issues.slice(0, MAX_DETAILS).flatMap(describe).slice(0, MAX_DETAILS);
}

function describe(issue: z.core.$ZodIssue): ProblemDetail[] {
  if (issue.code !== 'unrecognized_keys') return [{ field: field(issue.path), message: issue.message }];
  return issue.keys
    .slice(0, MAX_DETAILS)
    .map((key) => ({ field: field([...issue.path, key]), message: 'is not a known field' }));
}

function field(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'data' : path.map(String).join('.').slice(0, MAX_FIELD_LENGTH);
}
