import 'reflect-metadata';
import { createSecretKey } from 'node:crypto';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { WsAdapter } from '@nestjs/platform-ws';
import { ThrottlerGuard, ThrottlerModule, type ThrottlerRequest } from '@nestjs/throttler';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { IsObject, IsString } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { envelope, event, memberOf, port } from './envelope.js';
import { Rooms } from './rooms.js';

/* Nest's WsAdapter out of the box, with what its documentation puts around a gateway: guard, throttler, validation. */

type Socket = WebSocket & { member: ReturnType<typeof memberOf> };

// jsonwebtoken verifies far faster with a key object than with a string.
const secret = createSecretKey(Buffer.from(process.env.JWT_SECRET ?? '')) as unknown as string;

class Body {
  @IsString()
  type: string;

  @IsObject()
  data: Record<string, unknown>;
}

@Injectable()
class JwtGuard implements CanActivate {
  constructor(@Inject(JwtService) private readonly jwt: JwtService) {}

  canActivate(context: ExecutionContext): boolean {
    try {
      return Boolean(this.jwt.verify(context.switchToWs().getClient<Socket>().member.token, { secret }));
    } catch {
      throw new WsException('unauthorized');
    }
  }
}

@Injectable()
class SocketThrottler extends ThrottlerGuard {
  override async handleRequest({ context, limit, ttl, throttler, blockDuration }: ThrottlerRequest): Promise<boolean> {
    const { userId } = context.switchToWs().getClient<Socket>().member;
    const name = throttler.name ?? 'default';
    const key = this.generateKey(context, userId, name);
    const { isBlocked } = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    if (isBlocked) throw new WsException('too many requests');
    return true;
  }
}

const body = () => MessageBody(new ValidationPipe({ expectedType: Body, transform: true }));

@WebSocketGateway({ path: '/ws' })
@UseGuards(JwtGuard, SocketThrottler)
class Gateway {
  private readonly rooms = new Rooms<Socket>();

  handleConnection(socket: Socket, request: IncomingMessage): void {
    socket.member = memberOf(request.url ?? '');
    this.rooms.join(socket, socket.member.rooms);
  }

  handleDisconnect(socket: Socket): void {
    this.rooms.leave(socket, socket.member.rooms);
  }

  @SubscribeMessage('ping')
  ping(@body() _message: Body) {
    return envelope('pong', null);
  }

  @SubscribeMessage('typing_start')
  typing(@ConnectedSocket() socket: Socket, @body() message: Body): void {
    this.tell(socket, message);
  }

  @SubscribeMessage('user_status_change')
  status(@ConnectedSocket() socket: Socket, @body() message: Body): void {
    this.tell(socket, message);
  }

  private tell(socket: Socket, message: Body): void {
    const room = (message.data.room_id as string | undefined) ?? socket.member.rooms[0] ?? '';
    const text = JSON.stringify(event(message, socket.member.userId));
    for (const member of this.rooms.of(room)) if (member !== socket) member.send(text);
  }
}

@Controller()
class Health {
  @Get('health/live')
  live(): string {
    return 'ok';
  }
}

@Module({
  imports: [ThrottlerModule.forRoot([{ ttl: 1000, limit: 100_000_000 }])],
  controllers: [Health],
  providers: [JwtService, Gateway],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(port, '127.0.0.1');
