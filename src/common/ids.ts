import { randomBytes, randomUUID } from 'node:crypto';
import { v7 } from 'uuid';

/** An id for something that is stored: UUID v7, so that ids sort by age. */
export function storedId(): string {
  return v7();
}

/** An id for something that passes: an event, a request, a connection. */
export function freshId(): string {
  return randomUUID();
}

/** An unguessable text of `bytes` random bytes, base64url. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}
