/** How a socket is asked for. */
export interface Door {
  readonly url: string;
  readonly protocols?: string[];
}

/**
 * A server may take nothing in an address, and a lost socket does not say why: two tries by ticket, two by token, and so on.
 * @param unopened sockets in a row that were lost before the server's first word
 */
export const takesNoTicket = (unopened: number) => unopened % 4 >= 2;

/** Where a server is: its REST and its socket. */
export class Address {
  private readonly base: string;

  /** @param url https://host, wss://host or wss://host/ws; a path before that is kept */
  constructor(url: string) {
    const { protocol, host, pathname } = new URL(url);
    if (!/^(http|ws)s?:$/.test(protocol)) throw new TypeError('Hadir needs an http(s) or ws(s) address.');
    this.base = `${protocol.replace('ws', 'http')}//${host}${pathname.replace(/(\/ws)?\/?$/, '')}`;
  }

  get tickets(): string {
    return `${this.base}/api/v1/auth/ws-ticket`;
  }

  byTicket(ticket: string): Door {
    return { url: `${this.socket}?ticket=${encodeURIComponent(ticket)}` };
  }

  /** For a server that takes nothing in an address. */
  byToken(token: string): Door {
    return { url: this.socket, protocols: ['hadir.v1', `hadir.bearer.${token}`] };
  }

  private get socket(): string {
    return `${this.base.replace('http', 'ws')}/ws`;
  }
}
