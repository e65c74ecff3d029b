import { envelope, event, memberOf, type Message, port } from './envelope.js';

/* Bun's own server with its own topics: as near to the limit as JavaScript comes. */

type Member = ReturnType<typeof memberOf>;

interface BunSocket {
  readonly data: Member;
  send(text: string): void;
  subscribe(topic: string): void;
  publish(topic: string, text: string): void;
}

interface BunServer {
  upgrade(request: Request, options: { data: Member }): boolean;
}

declare const Bun: { serve(options: object): void };

Bun.serve({
  port,
  hostname: '127.0.0.1',
  fetch(request: Request, server: BunServer) {
    return server.upgrade(request, { data: memberOf(request.url) }) ? undefined : new Response('ok');
  },
  websocket: {
    perMessageDeflate: false,
    open(socket: BunSocket) {
      for (const room of socket.data.rooms) socket.subscribe(room);
    },
    message(socket: BunSocket, text: string) {
      const message = JSON.parse(text) as Message;
      if (message.type === 'ping') return socket.send(JSON.stringify(envelope('pong', null)));
      const room = (message.data?.room_id as string | undefined) ?? socket.data.rooms[0] ?? '';
      socket.publish(room, JSON.stringify(event(message, socket.data.userId)));
    },
  },
});
