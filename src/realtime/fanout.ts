import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { ServerMessage } from '../protocol/index.js';

/** Who gets an event. */
export interface Recipients {
  /** Connections subscribed to any of these topics; each gets the event once. */
  readonly to: readonly string[];
  /** If given: only those that are also subscribed to one of these. */
  readonly among?: readonly string[];
  /** If given: none of this user's connections. */
  readonly exceptUser?: string;
}

@Injectable()
export class Fanout {
  /** Sends an event: encoded once, here at once, to the other nodes through the broker. */
  publish<Data extends z.ZodType>(_event: ServerMessage<string, Data>, _data: z.input<Data>, _recipients: Recipients): void {
    throw new Error('to be written');
  }
}
