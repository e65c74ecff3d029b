/** What a WebSocket is made with. */
export type Target = readonly [url: string, protocols?: string[]];

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

  /** Opens the socket with a ticket, which is good once and may be seen. */
  withTicket(ticket: string): Target {
    return [`${this.socket}?ticket=${encodeURIComponent(ticket)}`];
  }

  /** Opens the socket with the token in a header, the one that a browser lets a page set. */
  withToken(token: string): Target {
    return [this.socket, ['hadir.v1', `hadir.bearer.${token}`]];
  }

  private get socket(): string {
    return `${this.base.replace('http', 'ws')}/ws`;
  }
}
