import type { Account } from './account.js';

/** What users are called. Who is not known yet is asked about once. */
export class Names extends EventTarget {
  private readonly known = new Map<string, string>();

  constructor(private readonly account: Account) {
    super();
    this.known.set(account.user.id, account.user.display_name);
  }

  learn(userId: string, name: string): void {
    this.known.set(userId, name);
  }

  /** The name where it is known. */
  get(userId: string): string | undefined {
    return this.known.get(userId);
  }

  /** The name, or the beginning of the id until it is known; a `change` event follows. */
  of(userId: string): string {
    const name = this.known.get(userId);
    if (name !== undefined) return name;
    this.learn(userId, userId.slice(-8));
    void this.ask(userId);
    return userId.slice(-8);
  }

  private async ask(userId: string): Promise<void> {
    const user = await this.account.call<{ display_name: string }>('GET', `users/${userId}`).catch(() => undefined);
    if (!user) return;
    this.learn(userId, user.display_name);
    this.dispatchEvent(new Event('change'));
  }
}
