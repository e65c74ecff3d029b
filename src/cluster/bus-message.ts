/** Publications of one node to the same topics, one after the other, on their way through Redis. */
export interface BusMessage {
  readonly node: string;
  /** Counts the messages of the node. The copies for its topics bear the same number. */
  readonly number: number;
  readonly payloads: readonly string[];
}

const HEAD = /^hadir1 ([\w-]{1,64}) (\d{1,15}) ([\d,]+)\n/;

/** A line of who, which and how long each payload is, then the payloads as they are: nothing is escaped or parsed on the way. */
export function encode({ node, number, payloads }: BusMessage): string {
  const lengths = payloads.map(({ length }) => length).join(',');
  return `hadir1 ${node} ${number} ${lengths}\n${payloads.join('')}`;
}

/** @returns undefined for what is no message. */
export function decode(text: string): BusMessage | undefined {
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const [line, node = '', number = '', lengths = ''] = head;
  const payloads: string[] = [];
  let at = line.length;
  for (const length of lengths.split(',')) {
    const end = at + Number(length);
    payloads.push(text.slice(at, end));
    at = end;
  }
  return at === text.length ? { node, number: Number(number), payloads } : undefined;
}
