import type { Desk } from './desk.js';
import { button, el } from './dom.js';
import { ago, message } from './words.js';

interface Connection {
  readonly id: string;
  readonly user_id: string;
  readonly node: string;
  readonly ip: string;
  readonly user_agent: string;
  readonly connected_at: string;
}

const EVERY_MS = 5000;

/** The live connections of all nodes, by node, each with a button that closes it. */
export function connectionsView(desk: Desk): HTMLElement {
  return new ConnectionsView(desk).element;
}

class ConnectionsView {
  readonly element: HTMLElement;
  private readonly told = el('p', { class: 'hint', role: 'status', tabindex: -1 });
  private readonly place = el('div', { class: 'nodes' });
  /** Kept from one reading to the next: whoever stands on a button stays there. */
  private readonly nodes = new Map<string, NodeRow>();
  private readonly rows = new Map<string, ConnectionRow>();

  constructor(private readonly desk: Desk) {
    this.element = el('div', {}, el('h4', {}, 'Nodes and connections'), this.told, this.place);
    const load = () => void this.load().catch((error: unknown) => (this.told.textContent = message(error)));
    desk.hadir.on('connected', load);
    desk.names.addEventListener('change', load);
    desk.every(EVERY_MS, load);
  }

  private async load(): Promise<void> {
    const { items, next_cursor } = await this.desk.account.list<Connection>('admin/connections');
    const ids = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.rows) if (!ids.has(id)) this.drop(id, row);
    for (const connection of items) this.show(connection);
    for (const [id, node] of this.nodes) if (!node.count()) this.nodes.delete(id);
    if (next_cursor !== null) this.told.textContent = 'The first 100 connections are shown.';
  }

  private show(connection: Connection): void {
    const { id, node } = connection;
    const row = this.rows.get(id) ?? new ConnectionRow(connection, () => this.kick(connection));
    row.show(this.desk.names.of(connection.user_id), id === this.desk.hadir.session?.connection_id);
    if (this.rows.has(id)) return;
    this.rows.set(id, row);
    const home = this.nodes.get(node) ?? new NodeRow(node);
    if (!this.nodes.has(node)) this.place.append(home.element);
    this.nodes.set(node, home);
    home.list.append(row.element);
  }

  private drop(id: string, { element }: ConnectionRow): void {
    element.remove();
    this.rows.delete(id);
  }

  private async kick({ id, user_id }: Connection): Promise<void> {
    const name = this.desk.names.of(user_id);
    await this.desk.account.call('DELETE', `admin/connections/${id}`).then(
      () => (this.told.textContent = `The connection of ${name} is closed. Its client stays away, for 1000 means so.`),
      (error: unknown) => (this.told.textContent = message(error)),
    );
    this.told.focus();
    await this.load();
  }
}

class NodeRow {
  readonly element: HTMLElement;
  readonly list = el('ul', { class: 'list' });
  private readonly total = el('span', {});

  constructor(node: string) {
    const title = el('p', { class: 'node' }, 'Node ', el('code', { title: node }, node.slice(0, 8)), ' ', this.total);
    this.element = el('div', {}, title, this.list);
  }

  /** Counts its connections; a node without any is gone from the page. */
  count(): number {
    const count = this.list.childElementCount;
    this.total.textContent = `${count} connected`;
    if (count === 0) this.element.remove();
    return count;
  }
}

class ConnectionRow {
  readonly element: HTMLElement;
  private readonly name = el('span', { class: 'name' });
  private readonly since = el('span', { class: 'hint' });
  private readonly button: HTMLButtonElement;

  constructor(
    private readonly connection: Connection,
    kick: () => Promise<void>,
  ) {
    this.button = button('Kick', kick);
    this.element = el('li', { title: connection.user_agent }, this.name, this.since, this.button);
  }

  show(name: string, isMine: boolean): void {
    const { id, ip, connected_at } = this.connection;
    this.name.replaceChildren(name, isMine ? el('span', { class: 'tag' }, 'this pane') : '');
    this.since.textContent = `${ip}, ${ago(connected_at)}`;
    this.button.ariaLabel = `Kick ${name}, connection ${id.slice(0, 8)}`;
  }
}
