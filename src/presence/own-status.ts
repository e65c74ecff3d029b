import { Injectable } from '@nestjs/common';
import { RateLimiter } from '../cluster/rate-limiter.js';
import { Clock, isoOrNull } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import { PresenceSettings } from '../config/settings.js';
import type { DataOf, presence, ReplyOf } from '../protocol/index.js';
import { type Choice, ownStatus, standing } from './presence-state.js';
import { PresenceTracker } from './presence-tracker.js';

/** A choice as the wire writes it. */
export type StatusChoice = DataOf<typeof presence.changeStatus>;
/** A user's own, true status as the wire writes it. */
export type OwnStatusView = ReplyOf<typeof presence.changeStatus>;

const LONGEST_CHOICE_MS = 365 * 86_400_000;

/** The status a user has chosen, as the user knows it. */
@Injectable()
export class OwnStatus {
  constructor(
    private readonly tracker: PresenceTracker,
    private readonly limiter: RateLimiter,
    private readonly settings: PresenceSettings,
    private readonly clock: Clock,
  ) {}

  async of(userId: string): Promise<OwnStatusView> {
    return this.view(await this.tracker.choiceOf(userId));
  }

  /** Resolves when the choice will survive a restart. @throws Problem validation_failed | rate_limited */
  async choose(userId: string, wanted: StatusChoice): Promise<OwnStatusView> {
    const choice = this.read(wanted);
    await this.spend(userId);
    const { state } = await this.tracker.claim(userId, { kind: 'chosen', choice });
    await this.tracker.written(userId);
    return this.view(state.choice);
  }

  private read({ status, expires_at }: StatusChoice): Choice | null {
    const expiresAt = expires_at === undefined ? null : this.readEnd(expires_at);
    return status === 'online' ? null : { status, expiresAt };
  }

  private readEnd(expiresAt: string): number {
    const at = Date.parse(expiresAt);
    const now = this.clock.now();
    if (at > now && at <= now + LONGEST_CHOICE_MS) return at;
    const message = at > now ? 'must be within 365 days' : 'must be in the future';
    throw new Problem('validation_failed', { details: [{ field: 'expires_at', message }] });
  }

  private async spend(userId: string): Promise<void> {
    if (!this.settings.statusRate) return;
    const { allowed, retryAfterMs } = await this.limiter.take(`status:${userId}`, this.settings.statusRate);
    if (!allowed) throw new Problem('rate_limited', { retryAfterMs });
  }

  private view(choice: Choice | null): OwnStatusView {
    const held = standing(choice, this.clock.now());
    return { status: ownStatus({ choice: held }), expires_at: isoOrNull(held?.expiresAt) };
  }
}
