import { HadirError, type ProblemCode } from '@hadir/client';

interface Answer {
  readonly message?: string;
  readonly data?: unknown;
  readonly error?: {
    readonly code: ProblemCode;
    readonly retry_after_ms?: number;
    readonly details?: { field: string; message: string }[];
  };
}

export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string | null | undefined;
}

/**
 * Calls REST of the server this page came from.
 * @throws HadirError (as a rejection) with the server's code, or `unreachable`
 */
export async function call<Data>({ method, path, body, token }: Call): Promise<Data> {
  const headers = new Headers();
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (token) headers.set('authorization', `Bearer ${token}`);
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`/api/v1/${path}`, init).catch((cause: unknown) => {
    throw new HadirError('unreachable', 'The server does not answer.', { cause });
  });
  const { data, error, message } = (await response.json().catch(() => ({}))) as Answer;
  if (error) throw new HadirError(error.code, message, { retryAfterMs: error.retry_after_ms, details: error.details });
  if (!response.ok) throw new HadirError('unreachable', `The server answers with HTTP ${response.status}.`);
  return data as Data;
}
