import { problems, type ProblemCode } from '../protocol/index.js';
import { closeTable, errorTable } from './code-pages.js';
import { credentials, handshakeChecks } from './handshake-table.js';
import { errorLink } from './links.js';
import { code, fields, json, list, type Markup, raw, table } from './markup.js';
import { type DocumentedMessage, type DocumentedRequest, events, requests } from './messages.js';
import { page } from './page.js';

/** The page at /docs/ws: everything that goes over the socket. No script, nothing from elsewhere. */
export function wsPage(): string {
  const sections: [id: string, title: string, body: Markup][] = [
    ['connect', 'Connect', connect()],
    ['frames', 'Frames', frames()],
    ['client', 'You send', list(requests.map(request))],
    ['server', 'You receive', list(events.map(event))],
    ['errors', 'Errors', errors()],
    ['close', 'Close codes', closes()],
  ];
  const body = sections.map(([id, title, content]) => raw`<section id="${id}"><h2>${title}</h2>${content}</section>`);
  return page({
    title: 'Hadir · WebSocket',
    heading: raw`Hadir <small>over WebSocket</small>`,
    lead: raw`Who is there, who is typing, what changes in your rooms: one socket at <code>/ws</code>.`,
    nav: [...sections.map(([id, title]) => raw`<a href="#${id}">${title}</a>`), ...ELSEWHERE],
    main: list(body),
  });
}

const ELSEWHERE = [
  raw`<a class="aside" href="/docs">REST API</a>`,
  raw`<a class="aside" href="/docs/asyncapi.json">asyncapi.json</a>`,
];

function connect(): Markup {
  return raw`<p>Log in over REST, then open <code>ws://localhost:8080/ws</code> (<code>wss://</code> behind TLS) with exactly one credential:</p>
${table(
  ['Credential', 'What it is'],
  credentials.map(([how, what]) => [code(how), what]),
)}
<h3>Checks</h3>
<p>In this order. What fails is answered over HTTP, with the status and body of a REST refusal. A browser cannot read those: ask
<code>POST /api/v1/auth/ws-ticket</code>, which makes the same checks.</p>
${table(
  ['Check', 'Refusals'],
  handshakeChecks.map(([check, refusals]) => [check, list(refusals.map(refusal))]),
)}`;
}

function refusal(name: ProblemCode): Markup {
  return raw`<span class="refusal"><b>${problems[name].status}</b> ${errorLink(name)}</span> `;
}

function frames(): Markup {
  const sent = { type: 'typing_start', data: { room_id: '…' }, id: '1' };
  const received = { type: 'ack', data: {}, timestamp: '2026-11-22T08:15:30.000Z', id: '…', reply_to: '1' };
  return raw`<p>One text frame is one JSON object. A request with an <code>id</code> of yours (1–64 printable ASCII characters) gets exactly one
answer with <code>reply_to</code>: its own reply, an <code>ack</code> or an <code>error</code>. Without an <code>id</code> only errors and
<code>pong</code> come back. Messages of one connection are handled in order.</p>
<div class="pair">${json(sent)}${json(received)}</div>
<p>The server pings every 25 s and expects an answer within 10 s; clients answer by themselves. Ten unreadable or wrong messages within
60 s close the connection.</p>`;
}

function request({ reply, ...entry }: DocumentedRequest): Markup {
  const pair = raw`<div class="pair"><div>${json(entry.example)}</div><div>${json(reply.example)}</div></div>`;
  const answer = fields(reply.data);
  return card(entry, 'client', raw`${pair}${answer.markup === '' ? '' : raw`<h4>In the answer</h4>${answer}`}`);
}

function event(entry: DocumentedMessage): Markup {
  return card(entry, 'server', json(entry.example));
}

function card({ key, type, summary, data }: DocumentedMessage, side: string, rest: Markup): Markup {
  return raw`<article id="${key}" class="${side}"><h3><a href="#${key}">${code(type)}</a></h3><p>${summary}</p>
${fields(data)}${rest}</article>`;
}

function errors(): Markup {
  return raw`<p>The same codes over REST, in a refused handshake and in an <code>error</code> frame. An error frame leaves the connection open.
Each code has a page with its cause and what to do.</p>
${errorTable()}`;
}

function closes(): Markup {
  return raw`<p>4000–4499 mean come back, 4500–4999 mean stop. With 1001 the reason is JSON: <code>{"retry_after_ms":1200}</code> says when.</p>
${closeTable()}`;
}
