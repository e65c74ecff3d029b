import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly sockets: number;
  /** Whether docs/soak.svg and the section of docs/reliability.md are written. */
  readonly isWritten: boolean;
}

export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      sockets: { type: 'string', default: '500' },
      write: { type: 'boolean', default: false },
    },
  });
  const [minutes, sockets] = [Number(values.minutes), Number(values.sockets)];
  if (!(minutes > 0) || !(sockets >= 10)) throw new Error('--minutes above 0, --sockets 10 or more');
  return { minutes, sockets, isWritten: values.write };
}
