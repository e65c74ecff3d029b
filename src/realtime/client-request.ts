import { Problem } from '../common/problem.js';

const FIELDS: ReadonlySet<string> = new Set(['type', 'data', 'id', 'timestamp']);
const MAX_TYPE_LENGTH = 64;
const MAX_ID_LENGTH = 64;

/** A message of a client on its way through guards, schema and handler. */
export class ClientRequest {
  constructor(
    readonly type: string,
    readonly data: unknown,
    readonly id: string | undefined,
  ) {}
}

/** A frame that is no request: what is wrong with it and, where it could be read, the id to answer to. */
export interface Unreadable {
  readonly problem: Problem;
  readonly id: string | undefined;
}

/** Reads a text frame: the only JSON.parse it meets. Judges it as `clientEnvelope` of the protocol does, without its cost. */
export function readRequest(text: string): ClientRequest | Unreadable {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: new Problem('bad_json'), id: undefined };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return misshapen(undefined);
  const { type, data, id } = json as Record<string, unknown>;
  const validId = isRequestId(id) ? id : undefined;
  if (typeof type !== 'string' || type.length === 0 || type.length > MAX_TYPE_LENGTH) return misshapen(validId);
  if (id !== undefined && validId === undefined) return misshapen(undefined);
  for (const key in json) if (!FIELDS.has(key)) return misshapen(validId);
  return new ClientRequest(type, data, validId);
}

function misshapen(id: string | undefined): Unreadable {
  return { problem: new Problem('bad_envelope'), id };
}

/** 1–64 printable ASCII characters. */
function isRequestId(id: unknown): id is string {
  if (typeof id !== 'string' || id.length === 0 || id.length > MAX_ID_LENGTH) return false;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
