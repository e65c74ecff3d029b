import { type CloseCause, closeCodes, problemCodes, problems } from '../protocol/index.js';
import { closeHelp } from './close-help.js';
import { credentials } from './handshake-table.js';
import type { JsonSchema } from './json-schema.js';
import { closePath, errorPath } from './links.js';
import { type DocumentedMessage, events, requests } from './messages.js';
import { problemHelp } from './problem-help.js';
import { API_VERSION } from './version.js';

const ref = (path: string) => ({ $ref: `#/${path}` });
const inChannel = ({ key }: DocumentedMessage) => ref(`channels/ws/messages/${key}`);

/** The messages of /ws as an AsyncAPI 3.0 document, from the catalogue in protocol/. */
export function asyncApiDocument(): JsonSchema {
  const messages = [...requests, ...requests.map(({ reply }) => reply), ...events];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hadir over WebSocket',
      version: API_VERSION,
      description: 'One text frame is one JSON object. A request with an id gets exactly one answer with reply_to.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'application/json',
    servers: { local: { host: 'localhost:8080', protocol: 'ws', description: 'wss behind TLS', security: security() } },
    channels: { ws: channel(messages) },
    operations: operations(),
    components: { messages: Object.fromEntries(messages.map((message) => [message.key, describe(message)])) },
    'x-close-codes': Object.entries(closeCodes).map(([cause, close]) => ({
      ...close,
      ...closeHelp[cause as CloseCause],
      help: closePath(close.code),
    })),
    'x-problems': problemCodes.map((code) => {
      const { status, retryable, summary } = problems[code];
      return { code, status, retryable, summary, ...problemHelp[code], help: errorPath(code) };
    }),
  };
}

function channel(messages: DocumentedMessage[]): JsonSchema {
  return {
    address: '/ws',
    description: `Credentials, exactly one of: ${credentials.map(([how]) => how).join(' · ')}`,
    messages: Object.fromEntries(messages.map(({ key }) => [key, ref(`components/messages/${key}`)])),
    bindings: { ws: { method: 'GET', query: QUERY, bindingVersion: '0.1.0' } },
  };
}

const QUERY = {
  type: 'object',
  properties: {
    token: { type: 'string', description: 'An access token.' },
    ticket: { type: 'string', description: 'A ticket of POST /api/v1/auth/ws-ticket.' },
  },
  additionalProperties: false,
};

/** As AsyncAPI sees it, the server receives what clients send. */
function operations(): JsonSchema {
  const received = requests.map((request) => [
    `receive_${request.type}`,
    {
      action: 'receive',
      channel: ref('channels/ws'),
      summary: request.summary,
      messages: [inChannel(request)],
      reply: {
        channel: ref('channels/ws'),
        messages: [inChannel(request.reply), ref('channels/ws/messages/server_error')],
      },
    },
  ]);
  const sent = events.map((event) => [
    `send_${event.type}`,
    { action: 'send', channel: ref('channels/ws'), summary: event.summary, messages: [inChannel(event)] },
  ]);
  return Object.fromEntries([...received, ...sent]) as JsonSchema;
}

function describe({ key, type, summary, payload, example }: DocumentedMessage): JsonSchema {
  return { name: key, title: type, summary, payload, examples: [{ payload: example }] };
}

function security(): JsonSchema[] {
  return [
    { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    { type: 'httpApiKey', name: 'token', in: 'query' },
    { type: 'httpApiKey', name: 'ticket', in: 'query' },
  ];
}
