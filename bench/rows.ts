import type { Row } from './row.js';
import { connects, crowdedConnects } from './rows/connect.js';
import { cross } from './rows/cross.js';
import { deliveries, fans } from './rows/fan.js';
import { idle, memoryGrowth } from './rows/memory.js';
import { pings } from './rows/ping.js';
import { storm } from './rows/storm.js';

/** Everything that is measured, in the order of the table; then how it grows. */
export const rows: readonly Row[] = [
  ...pings,
  ...fans,
  ...connects,
  idle,
  cross,
  storm,
  ...deliveries,
  ...crowdedConnects,
  ...memoryGrowth,
];
