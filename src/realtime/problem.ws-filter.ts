import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { freshId } from '../common/ids.js';
import { Problem } from '../common/problem.js';
import type { ClientRequest } from './client-request.js';
import type { Connection } from './connection.js';

/** Answers a refused message with an `error` frame. What is no Problem is a bug: logged under the id of the frame that says `internal`. */
@Catch()
export class ProblemWsFilter implements ExceptionFilter {
  private readonly logger = new Logger('Realtime');

  catch(exception: unknown, host: ArgumentsHost): void {
    const socket = host.switchToWs();
    const connection = socket.getClient<Connection>();
    const request = socket.getData<ClientRequest>();
    if (exception instanceof Problem) {
      request.problem = exception;
      connection.refuse(exception, { replyTo: request.id });
      return;
    }
    const id = freshId();
    const error = exception instanceof Error ? exception.stack : String(exception);
    this.logger.error({ event: 'handler_failed', error_id: id, type: request.type, connection: connection.id, error });
    request.problem = new Problem('internal');
    connection.refuse(request.problem, { id, replyTo: request.id });
  }
}
