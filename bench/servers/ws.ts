import { createServer } from 'node:http';
import { createClient } from 'redis';
import { type WebSocket, WebSocketServer } from 'ws';
import { envelope, event, memberOf, type Message, port, redisPrefix, redisUrl } from './envelope.js';
import { Rooms } from './rooms.js';

/* The plain ws server as its README shows it: no authentication, a heartbeat, rooms as sets. */

const HEARTBEAT_MS = 25_000;
const CHANNEL = `${redisPrefix}:events`;

const server = createServer((_request, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const rooms = new Rooms<WebSocket>();
const alive = new WeakSet<WebSocket>();

function deliver(room: string, text: string, except?: WebSocket): void {
  for (const member of rooms.of(room)) if (member !== except) member.send(text);
}

const publish = redisUrl ? await follow(redisUrl) : undefined;

/** Between nodes: every event goes over one channel, the room in front of it. */
async function follow(url: string) {
  const publisher = await createClient({ url }).connect();
  const subscriber = await publisher.duplicate().connect();
  await subscriber.subscribe(CHANNEL, (payload) => {
    const { node, room, text } = JSON.parse(payload) as { node: number; room: string; text: string };
    if (node !== process.pid) deliver(room, text);
  });
  return (room: string, text: string) =>
    void publisher.publish(CHANNEL, JSON.stringify({ node: process.pid, room, text }));
}

sockets.on('connection', (socket, request) => {
  const member = memberOf(request.url ?? '');
  rooms.join(socket, member.rooms);
  alive.add(socket);
  socket.on('pong', () => alive.add(socket));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => rooms.leave(socket, member.rooms));
  socket.on('message', (bytes) => {
    const message = JSON.parse(String(bytes)) as Message;
    if (message.type === 'ping') return socket.send(JSON.stringify(envelope('pong', null)));
    const room = (message.data?.room_id as string | undefined) ?? member.rooms[0] ?? '';
    const text = JSON.stringify(event(message, member.userId));
    deliver(room, text, socket);
    publish?.(room, text);
  });
});

setInterval(() => {
  for (const socket of sockets.clients) {
    if (!alive.delete(socket)) socket.terminate();
    else socket.ping();
  }
}, HEARTBEAT_MS);

server.listen(port, '127.0.0.1');
