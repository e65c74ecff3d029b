import type { ProblemCode } from './catalogue.js';
import { HadirError } from './errors.js';

interface Answer {
  success?: boolean;
  data?: { ticket: string };
  message?: string;
  error?: { code: ProblemCode; retry_after_ms?: number };
}

/**
 * Buys the ticket that opens the socket once. A browser hides why a handshake was refused; it does not hide this answer.
 * @throws HadirError with the server's code, or `unreachable`
 */
export async function buyTicket(url: string, token: string, signal: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', headers, signal }).catch((cause: unknown) => {
    throw new HadirError('unreachable', 'The server does not answer.', { cause });
  });
  const { success, data, error, message } = (await response.json().catch(() => ({}))) as Answer;
  if (data?.ticket) return data.ticket;
  const seconds = Number(response.headers.get('retry-after')) || undefined;
  const retryAfterMs = error?.retry_after_ms ?? (seconds && seconds * 1000);
  // What stands in between may answer in JSON too.
  if (success === false && error) throw new HadirError(error.code, message, { retryAfterMs });
  throw new HadirError('unreachable', `The server answers with HTTP ${response.status}.`, { retryAfterMs });
}
