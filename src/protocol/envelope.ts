import { z } from 'zod';

/** A stored or made id: UUID of any version, lower or upper case. */
export const uuid = z.uuid();
/** ISO 8601 in UTC with milliseconds, the only form of time on the wire. */
export const timestamp = z.iso.datetime({ precision: 3 });
/** No fields at all: an empty object, or nothing. */
export const nothing = z.strictObject({}).nullish();
/** The client's own id of a request: 1–64 printable ASCII characters. */
export const requestId = z.string().regex(/^[\x20-\x7e]{1,64}$/);

/** What a client sends: one JSON object in a text frame. A `timestamp` is allowed and ignored: a client's clock is never trusted. */
export const clientEnvelope = z.strictObject({
  type: z.string().min(1).max(64),
  data: z.unknown().optional(),
  id: requestId.optional(),
  timestamp: z.unknown().optional(),
});

/** What the server sends. `id` is fresh for every event; `reply_to` is the client's request id. */
const serverEnvelope = z.strictObject({
  type: z.string(),
  data: z.unknown(),
  timestamp,
  id: uuid,
  reply_to: requestId.optional(),
});

export type ServerEnvelope = z.infer<typeof serverEnvelope>;
