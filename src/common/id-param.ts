import { Injectable, type PipeTransform } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { ProblemCode } from '../protocol/index.js';
import { Problem } from './problem.js';

/** An id in a path, in its one spelling. One that cannot be an id answers like one that does not exist. */
@Injectable()
export class IdParam implements PipeTransform<string, string> {
  /** @param missing what is said of an id that does not exist */
  constructor(private readonly missing: ProblemCode) {}

  transform(id: string): string {
    if (!isUUID(id)) throw new Problem(this.missing);
    return id.toLowerCase();
  }
}
