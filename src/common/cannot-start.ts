import { reason } from './reason.js';

/** What the server needs at its start is not there: nothing that a stack would explain. */
export class CannotStart extends Error {
  /** @param setting the variable that names what is missing */
  constructor(setting: string, cause: unknown) {
    super(`${setting} cannot be used: ${reason(cause)}`, { cause });
    this.name = 'CannotStart';
    this.stack = '';
  }
}
