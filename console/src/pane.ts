import type { Account } from './account.js';
import type { Catalogue } from './catalogue.js';
import { Desk } from './desk.js';
import { deskView } from './desk-view.js';
import { el } from './dom.js';
import { loginForm } from './login.js';

/** One of the two halves of the page: a login, then what its user sees. */
export class Pane {
  readonly element: HTMLElement;
  /** Told what the pane is called now. */
  onName: (name: string) => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly catalogue: Catalogue,
    private readonly isForAdmins: boolean,
  ) {
    this.element = el('section', { class: 'pane', 'aria-label': name });
    this.showLogin();
  }

  private showLogin(): void {
    this.onName(this.name);
    this.element.ariaLabel = this.name;
    this.element.replaceChildren(loginForm(this.name, this.isForAdmins, (account) => this.showDesk(account)));
  }

  private showDesk(account: Account): void {
    const desk = new Desk(account, this.catalogue);
    this.onName(account.user.display_name);
    this.element.ariaLabel = account.user.display_name;
    const view = deskView(desk, async () => {
      await desk.leave().catch(() => undefined);
      this.showLogin();
      this.element.querySelector('input')?.focus();
    });
    this.element.replaceChildren(view);
    view.querySelector<HTMLElement>('h2')?.focus();
    desk.hadir.connect();
  }
}
