import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/common/metrics.js';

/** The value of one sample line, such as `hadir_messages_total{type="ping",result="ok"}`. */
async function sample(metrics: Metrics, line: string): Promise<number | undefined> {
  const text = await metrics.text();
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

describe('Metrics', () => {
  it('counts messages by type and result, and names no type that is not in the catalogue', async () => {
    const metrics = new Metrics();
    metrics.message('ping', 'ok');
    metrics.message('ping', 'ok');
    metrics.message('<script>', 'unknown_type');
    expect(await sample(metrics, 'hadir_messages_total{type="ping",result="ok"}')).toBe(2);
    expect(await sample(metrics, 'hadir_messages_total{type="unknown",result="unknown_type"}')).toBe(1);
    expect(await metrics.text()).not.toContain('<script>');
  });

  it('gives the same counts however often it is read', async () => {
    const metrics = new Metrics();
    metrics.handshake('accepted');
    await metrics.text();
    expect(await sample(metrics, 'hadir_handshakes_total{result="accepted"}')).toBe(1);
    metrics.handshake('accepted');
    expect(await sample(metrics, 'hadir_handshakes_total{result="accepted"}')).toBe(2);
  });

  it('shows how many connections are open and why the others closed', async () => {
    const metrics = new Metrics();
    metrics.connectionOpened();
    metrics.connectionOpened();
    metrics.connectionClosed('no_pong');
    expect(await sample(metrics, 'hadir_connections')).toBe(1);
    expect(await sample(metrics, 'hadir_connections_closed_total{cause="no_pong"}')).toBe(1);
  });

  it('sorts handling times into cumulative buckets', async () => {
    const metrics = new Metrics();
    for (const seconds of [0.0001, 0.0007, 9]) metrics.handled('ping', seconds);
    const bucket = (le: string) => sample(metrics, `hadir_message_handling_seconds_bucket{le="${le}",type="ping"}`);
    expect(await Promise.all(['0.0001', '0.0005', '0.001', '5', '+Inf'].map(bucket))).toEqual([1, 1, 2, 2, 3]);
    expect(await sample(metrics, 'hadir_message_handling_seconds_count{type="ping"}')).toBe(3);
    expect(await sample(metrics, 'hadir_message_handling_seconds_sum{type="ping"}')).toBeCloseTo(9.0008);
  });

  it('reads the send queues when it is asked', async () => {
    const metrics = new Metrics();
    expect(await sample(metrics, 'hadir_send_queue_bytes')).toBe(0);
    metrics.readQueuesBy(() => ({ bytes: 300, connections: 2 }));
    expect(await sample(metrics, 'hadir_send_queue_bytes')).toBe(300);
    expect(await sample(metrics, 'hadir_send_queue_connections')).toBe(2);
  });

  it('keeps the counts of two apps in one process apart and the process metrics in both', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.login('ok');
    expect(await sample(one, 'hadir_logins_total{result="ok"}')).toBe(1);
    expect(await sample(other, 'hadir_logins_total{result="ok"}')).toBeUndefined();
    for (const metrics of [one, other]) expect(await metrics.text()).toContain('nodejs_eventloop_lag_p99_seconds');
  });
});
