import { closeCodes, type CloseCause, problemCodes, problems, type ProblemCode } from '../protocol/index.js';
import { closeHelp } from './close-help.js';
import { handshakeChecks } from './handshake-table.js';
import { closeLink, codeNav, errorLink } from './links.js';
import { code, json, list, type Markup, raw, table } from './markup.js';
import { page } from './page.js';
import { problemHelp } from './problem-help.js';
import { refusalExample } from './responses.js';

const yes = (value: boolean) => (value ? 'yes' : 'no');
const closes = Object.entries(closeCodes) as [CloseCause, (typeof closeCodes)[CloseCause]][];

/** All errors in one table, each with its page. */
export function errorTable(): Markup {
  const rows = problemCodes.map((name) => {
    const { status, retryable, summary } = problems[name];
    return [errorLink(name), String(status), yes(retryable), summary];
  });
  return table(['Code', 'HTTP', 'Try again', 'Meaning'], rows);
}

/** All close codes in one table, each with its page. */
export function closeTable(): Markup {
  const rows = closes.map(([, { code: number, reconnect, reason }]) => [closeLink(number), yes(reconnect), reason]);
  return table(['Code', 'Reconnect', 'Meaning'], rows);
}

export function errorIndex(): string {
  const lead = raw`The same codes over REST, in a refused handshake and in an <code>error</code> frame.`;
  const heading = raw`Errors <small>of Hadir</small>`;
  return page({ title: 'Errors · Hadir', heading, lead, nav: codeNav, main: errorTable() });
}

export function closeIndex(): string {
  const main = raw`<p>4000–4499 mean come back, 4500–4999 mean stop.</p>
${closeTable()}
<h2>1005, 1006 and 1015</h2>
<p>The server never sends these. A client makes them up where no close frame came: the handshake was refused, the network was lost,
or TLS failed. After an open connection, come back with growing pauses. Where the connection never opened, ask
<code>POST /api/v1/auth/ws-ticket</code> first: it passes the same checks and says which one failed.</p>`;
  const heading = raw`Close codes <small>of Hadir</small>`;
  const lead = raw`What the server says when it closes a socket, and whether to come back.`;
  return page({ title: 'Close codes · Hadir', heading, lead, nav: codeNav, main });
}

/** The page of one error. */
export function errorPage(name: ProblemCode): string {
  const { status, retryable, summary, ...rest } = problems[name];
  const { cause, action } = problemHelp[name];
  const counts = 'countsAsBadInput' in rest;
  const facts = [
    ['HTTP status', String(status)],
    ['May the same request succeed later', yes(retryable)],
    ['Counts towards the ten errors that close a socket', yes(counts)],
  ];
  const main = raw`${explanation(cause, action)}
<h2>In short</h2>
${table(['What', 'Answer'], facts)}
${whereChecked(name)}
<h2>Over HTTP</h2>
${json(refusalExample(name))}`;
  return page({ title: `${name} · Hadir`, heading: code(name), lead: raw`${summary}`, nav: codeNav, main });
}

/** The page of one close code. */
export function closePage(cause: CloseCause): string {
  const { code: number, reconnect, reason } = closeCodes[cause];
  const help = closeHelp[cause];
  const main = raw`${explanation(help.cause, help.action)}
<h2>In short</h2>
${table(
  ['What', 'Answer'],
  [
    ['Code', String(number)],
    ['Come back by itself', yes(reconnect)],
    ['Name in the metrics', code(cause)],
  ],
)}`;
  const heading = raw`${String(number)} <small>${reason}</small>`;
  const lead = raw`A code the server closes a WebSocket with.`;
  return page({ title: `${number} · Hadir`, heading, lead, nav: codeNav, main });
}

function explanation(cause: string, action: string): Markup {
  return raw`<h2>Cause</h2><p>${cause}</p><h2>What the client should do</h2><p>${action}</p>`;
}

function whereChecked(name: ProblemCode): Markup {
  const checks = handshakeChecks.filter(([, refusals]) => refusals.includes(name));
  if (checks.length === 0) return raw``;
  const items = list(checks.map(([check]) => raw`<li>${check}</li>`));
  return raw`<h2>In the handshake</h2><p>This check of the handshake has failed:</p><ul>${items}</ul>`;
}
