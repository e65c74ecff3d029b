import { Logger } from '@nestjs/common';
import { expect, it, onTestFinished, vi } from 'vitest';
import { SecurityLog } from '../../src/auth/security-log.js';
import { Metrics } from '../../src/common/metrics.js';
import { TestClock } from '../support/test-clock.js';

function securityLog() {
  const clock = new TestClock();
  const metrics = new Metrics();
  const lines: Record<string, unknown>[] = [];
  const spy = vi.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(line as never));
  onTestFinished(() => spy.mockRestore());
  return { log: new SecurityLog(clock, metrics), clock, metrics, lines };
}

const STRANGERS = ['token_refused', 'origin_refused', 'handshake_limited'];
const address = (turn: number) => `10.0.${turn >> 8}.${turn & 255}`;

it.each(STRANGERS)('a hundred lines a second tell of %s, and how many are not told', async (event) => {
  const { log, clock, metrics, lines } = securityLog();
  for (let turn = 0; turn < 1000; turn += 1) log.record(event, { address: address(turn) });
  expect(lines).toEqual(Array.from({ length: 100 }, (_, turn) => ({ event, address: address(turn) })));
  expect(await metrics.text()).toContain('hadir_log_lines_suppressed_total{context="security"} 900');
  await clock.advance(1000);
  for (const turn of [1, 2]) log.record(event, { address: address(turn) });
  expect(lines.slice(100)).toEqual([
    { event, address: address(1), suppressed: 900 },
    { event, address: address(2) },
  ]);
});

it.each([
  ['10.1.1.1', '10.1.1.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::1'],
])('who knocks from %s and %s as often as they like hides nobody else', (one, other) => {
  const { log, lines } = securityLog();
  for (let turn = 0; turn < 1000; turn += 1) log.record('token_refused', { address: turn % 2 ? one : other });
  log.record('token_refused', { address: '10.2.2.2' });
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toEqual({ event: 'token_refused', address: '10.2.2.2', suppressed: 990 });
});

it('one event does not silence another, and nothing silences what accounts and operators did', () => {
  const { log, lines } = securityLog();
  const told = [...STRANGERS, 'session_revoked', 'role_changed'].map((event) => {
    for (let turn = 0; turn < 300; turn += 1) log.record(event, { address: address(turn) });
    return lines.filter((line) => line.event === event).length;
  });
  expect(told).toEqual([100, 100, 100, 300, 300]);
});
