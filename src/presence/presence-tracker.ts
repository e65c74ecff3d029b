import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { goOn, type Soon } from '../common/soon.js';
import { Turns } from '../common/turns.js';
import { PresenceAnnouncer } from './presence-announcer.js';
import { PresenceChoices } from './presence-choices.js';
import { type Choice, type Claim, type Outcome, remembered } from './presence-state.js';
import { PresenceStore } from './presence-store.js';
import { UsersHere } from './users-here.js';

const NOTHING_TO_SAY = Promise.resolve();

/** Makes claims, and carries out what follows from an outcome: per user in order, each change announced once. */
@Injectable()
export class PresenceTracker {
  private readonly logger = new Logger(PresenceTracker.name);
  private readonly claims = new Turns();
  /** Apart from claims: nobody comes or goes later because somebody cannot be told. */
  private readonly announcements = new Turns();
  private readonly listeners: ((outcome: Outcome) => void)[] = [];

  constructor(
    private readonly store: PresenceStore,
    private readonly choices: PresenceChoices,
    private readonly here: UsersHere,
    private readonly announcer: PresenceAnnouncer,
    private readonly clock: Clock,
  ) {}

  /** Told of the outcome of everything that this node claimed or found due. */
  onOutcome(listener: (outcome: Outcome) => void): void {
    this.listeners.push(listener);
  }

  claim(userId: string, claim: Claim): Soon<Outcome> {
    return this.claims.take(userId, () => {
      const outcome = goOn(this.store.claim(userId, claim), (known) => known ?? this.claimAnew(userId, claim));
      return goOn(outcome, this.followed);
    });
  }

  private readonly followed = (outcome: Outcome): Outcome => {
    void this.follow(outcome);
    return outcome;
  };

  /** Announces the outcome when those before it are announced, and remembers what must survive. Never rejects. */
  follow(outcome: Outcome): Promise<void> {
    const { userId, state, visible, own } = outcome;
    this.here.learn(userId, state);
    for (const listener of this.listeners) listener(outcome);
    if (visible || own || state.nodes.length === 0) this.choices.remember(userId, remembered(state, this.clock.now()));
    if (!visible && !own) return NOTHING_TO_SAY;
    return this.announcements
      .take(userId, () => this.announcer.announce(outcome))
      .catch((error: unknown) => {
        const stack = error instanceof Error ? error.stack : String(error);
        this.logger.error({ event: 'presence_not_announced', error: stack });
      });
  }

  async choiceOf(userId: string): Promise<Choice | null> {
    const state = (await this.store.read([userId])).get(userId) ?? (await this.choices.load([userId])).get(userId);
    return state?.choice ?? null;
  }

  /** The choice that was last written, for when the store cannot be asked. */
  async rememberedChoice(userId: string): Promise<Choice | null> {
    return (await this.choices.load([userId])).get(userId)?.choice ?? null;
  }

  /** Resolves when what must survive of the user's presence is written, or when that failed and will be tried again. */
  written(userId: string): Promise<void> {
    return this.choices.written(userId);
  }

  /** Resolves when everything that was claimed is announced. */
  async idle(): Promise<void> {
    await this.claims.idle();
    await this.announcements.idle();
  }

  /** Resolves when everything that was claimed is announced and written. */
  async finish(): Promise<void> {
    await this.idle();
    await this.choices.finish();
  }

  /** Of a user whom the store does not know: continues from what is remembered. */
  private async claimAnew(userId: string, claim: Claim): Promise<Outcome> {
    const from = (await this.choices.load([userId])).get(userId);
    const outcome = from && (await this.store.claim(userId, claim, from));
    if (!outcome) throw new Error('the presence store refused a claim');
    return outcome;
  }
}
