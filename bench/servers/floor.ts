import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { port } from './envelope.js';

/*
 * What Node's HTTP server, its sockets and the kernel cost by themselves: no frame is read and nobody is known. Whoever
 * shows a token is refused in as many bytes as Hadir takes for it; everybody else gets a 101, and hangs up by a close frame.
 */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE = Buffer.from([0x88, 0x02, 0x03, 0xe8]);
const ID = '00000000-0000-0000-0000-000000000000';
const BODY = JSON.stringify({
  success: false,
  message: 'The access token or ticket is not valid.',
  error: { code: 'token_invalid', request_id: ID },
});
const REFUSAL = [
  'HTTP/1.1 401 Unauthorized',
  'Content-Type: application/json; charset=utf-8',
  `Content-Length: ${BODY.length}`,
  'Connection: close',
  'Cache-Control: no-store',
  'Strict-Transport-Security: max-age=31536000; includeSubDomains',
  'X-Content-Type-Options: nosniff',
  `X-Request-Id: ${ID}`,
  'Link: </docs/errors/token_invalid>; rel="help"',
  'WWW-Authenticate: Bearer error="invalid_token"',
  '',
  BODY,
].join('\r\n');

function accept({ headers }: IncomingMessage, socket: Duplex): void {
  const answer = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
  socket.on('data', hangUp).on('finish', destroy);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
}

function refuse(socket: Duplex): void {
  socket.on('end', destroy).resume().end(REFUSAL);
}

function hangUp(this: Duplex): void {
  this.end(CLOSE);
}

function destroy(this: Duplex): void {
  this.destroy();
}

createServer((_request, response) => response.end('ok'))
  .on('upgrade', (request, socket) => {
    socket.on('error', destroy);
    if (request.url?.includes('token=')) refuse(socket);
    else accept(request, socket);
  })
  .listen(port, '127.0.0.1');
