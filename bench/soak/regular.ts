import { Client, openPatiently, type Target } from '../client.js';
import { hadir, type Member } from '../dialect.js';
import { clientFrame, OPCODES } from '../frames.js';

const letter = (text: string) => text.charCodeAt(0);

/** What a crowd has seen and done. */
export interface Tally {
  sent: number;
  received: number;
  visits: number;
  /** Answers that say no. */
  errors: number;
  /** Ends that the client had no part in. */
  lost: number;
}

/** Somebody with a socket who comes and goes, and talks while there. */
export class Regular {
  private client: Client | undefined;
  private readonly frames: Record<'ping' | 'typing_start' | 'typing_stop', Buffer>;

  constructor(
    readonly member: Member,
    private readonly target: Target,
    private readonly tally: Tally,
  ) {
    const typing = { room_id: member.rooms[0] };
    this.frames = {
      ping: hadir.message('ping'),
      typing_start: hadir.message('typing_start', typing),
      typing_stop: hadir.message('typing_stop', typing),
    };
  }

  get isThere(): boolean {
    return this.client !== undefined;
  }

  /** @param watched whose presence it asks for */
  async come(watched: readonly string[]): Promise<void> {
    const client = await openPatiently(this.target);
    this.tally.visits += 1;
    this.client = client;
    client.onMessage = (type) => this.hear(type);
    client.onEnd = () => this.lose();
    this.send(hadir.message('presence_subscribe', { user_ids: watched }));
  }

  /** @param way with a close frame, or without one */
  leave(way: 'goodbye' | 'hang up'): void {
    const { client } = this;
    if (!client) return;
    this.client = undefined;
    client.onMessage = client.onEnd = () => undefined;
    if (way === 'goodbye') client.close();
    else client.destroy();
  }

  say(what: keyof Regular['frames']): void {
    this.send(this.frames[what]);
  }

  choose(status: string): void {
    this.send(hadir.message('user_status_change', { status }));
  }

  /** A ping of the protocol, not of ours. */
  knock(): void {
    this.send(clientFrame('', OPCODES.ping));
  }

  private send(frame: Buffer): void {
    if (!this.client) return;
    this.client.send(frame);
    this.tally.sent += 1;
  }

  private hear(type: number): void {
    this.tally.received += 1;
    if (type === letter('error')) this.tally.errors += 1;
  }

  private lose(): void {
    this.client = undefined;
    this.tally.lost += 1;
  }
}
