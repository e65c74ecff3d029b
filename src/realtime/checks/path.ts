import { Problem } from '../../common/problem.js';
import type { Attempt, Check } from '../attempt.js';

/** The one address of the socket, to the letter: no slash at the end, no other case, nothing escaped. */
export const SOCKET_PATH = '/ws';

export class PathCheck implements Check {
  check({ path }: Attempt): void {
    if (path !== SOCKET_PATH) throw new Problem('not_found');
  }
}
