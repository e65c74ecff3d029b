import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { envelope, event, memberOf, type Message, port, redisPrefix, redisUrl } from './envelope.js';

/* Socket.IO 4 over WebSocket only, without deflate; its own heartbeat, its own rooms, its own Redis adapter. */

const server = createServer((_request, response) => response.end('ok'));
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

if (redisUrl) {
  const publisher = await createClient({ url: redisUrl }).connect();
  const subscriber = await publisher.duplicate().connect();
  io.adapter(createAdapter(publisher, subscriber, { key: redisPrefix }));
}

io.on('connection', (socket) => {
  const member = memberOf(socket.request.url ?? '');
  void socket.join(member.rooms);
  socket.on('message', (message: Message) => {
    if (message.type === 'ping') return socket.emit('message', envelope('pong', null));
    const room = (message.data?.room_id as string | undefined) ?? member.rooms[0] ?? '';
    socket.to(room).emit('message', event(message, member.userId));
  });
});

server.listen(port, '127.0.0.1');
