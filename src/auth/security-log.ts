import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { addressKey } from '../common/client-address.js';
import { Clock } from '../common/clock.js';
import { FloodGate } from '../common/flood-gate.js';
import { Metrics } from '../common/metrics.js';
import type { ProblemCode } from '../protocol/index.js';

const CONTEXT = 'security';
/** What anybody who reaches the port can make happen, and as often as they like. */
const OF_STRANGERS: ReadonlySet<string> = new Set(['token_refused', 'origin_refused', 'handshake_limited']);
/** So many lines a second of each, and of each from one address, which is not to hide the others; the rest is counted. */
const PER_SECOND = 100;
const PER_ADDRESS = 10;

/** What matters to whoever watches over accounts, as one line each. Never tokens, passwords or whole addresses of mail. */
@Injectable()
export class SecurityLog {
  private readonly logger = new Logger(CONTEXT);
  private readonly ofAll: FloodGate;
  /** Apart from the other: whoever makes up a thousand addresses starts this one anew. */
  private readonly ofAddresses: FloodGate;
  /** How many lines of an event were left out since the last one. */
  private readonly leftOut = new Map<string, number>();

  constructor(
    clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.ofAll = new FloodGate(clock);
    this.ofAddresses = new FloodGate(clock);
  }

  /** @param fields may hold what a client sent: the log makes it harmless; those of strangers say their address */
  record(event: string, fields: Record<string, unknown>): void {
    const suppressed = this.leftOut.get(event) ?? 0;
    if (OF_STRANGERS.has(event) && !this.isTold(event, String(fields.address))) {
      this.leftOut.set(event, suppressed + 1);
      this.metrics.logSuppressed(CONTEXT);
      return;
    }
    if (suppressed > 0) this.leftOut.delete(event);
    this.logger.log({ event, ...fields, ...(suppressed > 0 && { suppressed }) });
  }

  private isTold(event: string, address: string): boolean {
    return (
      this.ofAddresses.pass(`${event} ${addressKey(address)}`, PER_ADDRESS) !== undefined &&
      this.ofAll.pass(event, PER_SECOND) !== undefined
    );
  }
}

const refusals: ReadonlySet<ProblemCode> = new Set(['room_not_found', 'not_room_owner']);

/** Whether a problem says that somebody may not do something, or have that it is there. */
export function isRefusal(code: ProblemCode): boolean {
  return refusals.has(code);
}

/** Enough of a hash to see that two lines mean the same address of mail, and not which. */
export function emailPrint(email: string): string {
  return createHash('sha256').update(email).digest('hex').slice(0, 12);
}
