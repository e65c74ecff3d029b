import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import { isRefusal, SecurityLog } from '../auth/security-log.js';
import { freshId } from '../common/ids.js';
import { Problem } from '../common/problem.js';
import { asProblem } from '../database/outage.js';
import type { ClientRequest } from './client-request.js';
import type { Connection } from './connection.js';

/** Answers a refused message with an `error` frame. What is no Problem is a bug: logged under the id of the frame that says `internal`. */
@Catch()
@Injectable()
export class ProblemWsFilter implements ExceptionFilter {
  private readonly logger = new Logger('Realtime');

  constructor(private readonly security: SecurityLog) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    this.answer(exception, host);
  }

  /** @returns the problem that was answered */
  answer(exception: unknown, host: ArgumentsHost): Problem {
    const socket = host.switchToWs();
    const connection = socket.getClient<Connection>();
    const request = socket.getData<ClientRequest>();
    const expected = asProblem(exception);
    if (expected) {
      this.note(expected, connection, request);
      connection.refuse(expected, { replyTo: request.id });
      return expected;
    }
    const id = freshId();
    const error = exception instanceof Error ? exception.stack : String(exception);
    this.logger.error({ event: 'handler_failed', error_id: id, type: request.type, connection: connection.id, error });
    const bug = new Problem('internal');
    connection.refuse(bug, { id, replyTo: request.id });
    return bug;
  }

  private note({ code }: Problem, { userId, address }: Connection, { type }: ClientRequest): void {
    if (isRefusal(code)) this.security.record('room_refused', { user_id: userId, address, type, reason: code });
  }
}
