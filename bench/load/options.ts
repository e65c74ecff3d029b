import { parseArgs } from 'node:util';

const HELP = `npm run bench -- --url ws://host:port/ws --email EMAIL --password PASSWORD
  --connections 100   sockets, shared among the accounts
  --ramp 5            seconds in which they are opened
  --seconds 30        how long messages are sent once all are open
  --rate 1000         messages per second, over all sockets
  --mix ping=9,typing=1,status=0   shares of the messages
  Several accounts: --email a@x.org,b@x.org with the same password.`;

const KINDS = ['ping', 'typing', 'status'] as const;
export type Kind = (typeof KINDS)[number];

export interface LoadOptions {
  readonly url: URL;
  readonly emails: readonly string[];
  readonly password: string;
  readonly connections: number;
  readonly rampMs: number;
  readonly forMs: number;
  readonly rate: number;
  /** As often as its share says, each kind of message. */
  readonly mix: readonly Kind[];
}

export function loadOptions(args: readonly string[]): LoadOptions {
  const names = ['url', 'email', 'password', 'connections', 'ramp', 'seconds', 'rate', 'mix'] as const;
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options }) as { values: Partial<Record<string, string>> };
  const { url, email, password } = values;
  if (!url || !email || !password) throw new Error(HELP);
  return {
    url: new URL(url),
    emails: email.split(','),
    password,
    connections: Number(values.connections ?? 100),
    rampMs: Number(values.ramp ?? 5) * 1000,
    forMs: Number(values.seconds ?? 30) * 1000,
    rate: Number(values.rate ?? 1000),
    mix: mixOf(values.mix ?? 'ping=9,typing=1'),
  };
}

function mixOf(text: string): Kind[] {
  const mix = text.split(',').flatMap((part) => {
    const [kind, share] = part.split('=');
    if (!KINDS.includes(kind as Kind)) throw new Error(`A mix is made of ${KINDS.join(', ')}.\n${HELP}`);
    return Array<Kind>(Number(share)).fill(kind as Kind);
  });
  // Spread, so that a kind does not come in one block.
  return mix
    .map((kind, index) => ({ kind, order: (index * 7919) % 104_729 }))
    .sort((a, b) => a.order - b.order)
    .map(({ kind }) => kind);
}
