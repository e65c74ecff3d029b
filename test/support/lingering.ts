import { handshakeBytes, RawClient } from './raw.js';

/** The code 1001 as a close frame carries it. */
const GOING_AWAY = Buffer.from([0x03, 0xe9]);

interface Address {
  readonly url: string;
}

/** A client of /ws that reads and never answers, not even a close. */
export class SilentSocket {
  private constructor(private readonly client: RawClient) {}

  static async open({ url }: Address, token: string): Promise<SilentSocket> {
    const client = await RawClient.connect(url);
    client.write(handshakeBytes(`/ws?token=${token}`));
    await client.until(() => client.received.includes('"connected"') || undefined, 'connected');
    return new SilentSocket(client);
  }

  /** Waits until it is told that the server goes away. */
  async sentAway(): Promise<void> {
    await this.client.until(() => this.client.received.includes(GOING_AWAY) || undefined, 'a close frame with 1001');
  }
}

/** A POST of a new room whose body comes in two parts. */
export class SlowRequest {
  private readonly body = JSON.stringify({ name: 'kopi' });

  private constructor(private readonly client: RawClient) {}

  static async begin({ url }: Address, token: string): Promise<SlowRequest> {
    const request = new SlowRequest(await RawClient.connect(url));
    const { body, client } = request;
    const head = [
      'POST /api/v1/rooms HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
    ];
    client.write([...head, `Content-Length: ${body.length}`, '', body.slice(0, 5)].join('\r\n'));
    return request;
  }

  /** Sends the rest and waits for the answer. @returns its status */
  async finish(): Promise<number> {
    this.client.write(this.body.slice(5));
    return this.client.until(() => {
      const status = /^HTTP\/1\.1 (\d{3})[^]*"success":/.exec(this.client.received.toString('latin1'))?.[1];
      return status === undefined ? undefined : Number(status);
    }, 'the answer to the request under way');
  }
}
