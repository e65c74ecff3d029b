import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly sockets: number;
  /** Whether V8 alone decides when garbage is collected. */
  readonly leavesGarbage: boolean;
  /** By how much the server is made to leak in ten minutes, in MiB. */
  readonly leak: number;
  /** Whether the chart in docs and the section of docs/reliability.md are written. */
  readonly isWritten: boolean;
}

export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      sockets: { type: 'string', default: '500' },
      'leave-garbage': { type: 'boolean', default: false },
      leak: { type: 'string', default: '0' },
      write: { type: 'boolean', default: false },
    },
  });
  const { 'leave-garbage': leavesGarbage, write: isWritten } = values;
  const [minutes, sockets, leak] = [Number(values.minutes), Number(values.sockets), Number(values.leak)];
  if (!(minutes > 0) || !(sockets >= 10) || !(leak >= 0))
    throw new Error('--minutes above 0, --sockets 10 or more, --leak 0 or more');
  return { minutes, sockets, leak, leavesGarbage, isWritten };
}
