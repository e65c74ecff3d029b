import { Problem } from '../common/problem.js';
import { clientEnvelope, requestId } from '../protocol/index.js';

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

/** Reads a text frame. The only JSON.parse a frame meets. */
export function readRequest(text: string): ClientRequest | Unreadable {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: new Problem('bad_json'), id: undefined };
  }
  const envelope = clientEnvelope.safeParse(json);
  if (envelope.success) return new ClientRequest(envelope.data.type, envelope.data.data, envelope.data.id);
  return { problem: new Problem('bad_envelope'), id: idOf(json) };
}

function idOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'id')) return undefined;
  const id = requestId.safeParse((json as { id: unknown }).id);
  return id.success ? id.data : undefined;
}
