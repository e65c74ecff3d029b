import { type Finding, ok, warn } from './finding.js';

const CHECK = 'clock';
/** Tokens and times in the database are by the nodes' clocks. Seconds hurt nobody; what is more shows in expiry times. */
const TOLERANCE_MS = 5000;

/** @param theirs and ours, ms since the epoch */
export function compareClocks(whose: string, theirs: number, ours: number): Finding {
  const offset = Math.round(ours - theirs);
  if (Math.abs(offset) <= TOLERANCE_MS)
    return ok(CHECK, `within ${Math.max(1, Math.ceil(Math.abs(offset) / 1000))} s of that of ${whose}`);
  const found = `${Math.abs(offset / 1000).toFixed(1)} s ${offset > 0 ? 'ahead of' : 'behind'} that of ${whose}`;
  return warn(CHECK, found, 'Tokens seem to end early or late: let NTP set both clocks (timedatectl set-ntp true).');
}
