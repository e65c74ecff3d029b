import { Logger } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Log, type LogFormat } from '../../src/common/log.js';
import { TestClock } from '../support/test-clock.js';

const NASTY = 'a\r\nb\u001b[31mred\u001b[0m\u009b1m\u2028c\u202etxt';

function logger(settings: Partial<LogFormat> = {}) {
  const clock = new TestClock(Date.parse('2026-01-02T03:04:05.678Z'));
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
  return { log: new Log({ level: 'info', format: 'json', ...settings }, clock), clock, written };
}

describe.each(['json', 'pretty'] as const)('the log in %s', (format) => {
  it('writes one line per event, whatever is in its values', () => {
    const { log, written } = logger({ format });
    log.warn(`said ${NASTY}`, 'Test');
    log.warn({ event: 'said', nested: { list: [NASTY] }, [NASTY]: 1 }, 'Test');
    for (const line of written) {
      expect(line.endsWith('\n')).toBe(true);
      // oxlint-disable-next-line no-control-regex
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
      expect(line).toContain('\\u001b[31mred');
    }
    expect(written).toHaveLength(2);
  });

  it('keeps secrets to itself, by name and by look', () => {
    const { log, written } = logger({ format });
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    log.log(
      { event: 'x', password: 'hunter2', user: { refresh_token: 'r-e-f', Authorization: 'Bearer b-e-a' } },
      'Test',
    );
    log.log(`GET /ws?token=${jwt}&x=1 and /ws?ticket=t-i-c by ${jwt}`, 'Test');
    log.error(new Error(`bad token ${jwt}`), undefined, 'Test');
    const text = written.join('');
    for (const secret of ['hunter2', 'r-e-f', 'b-e-a', 't-i-c', 'eyJzdWIiOiIxIn0', 'c2lnbmF0dXJl'])
      expect(text).not.toContain(secret);
    expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(7);
    expect(text).toContain('&x=1');
  });

  it('writes from its level on', () => {
    const { log, written } = logger({ format, level: 'warn' });
    for (const level of ['debug', 'log', 'warn', 'error'] as const) log[level](`at ${level}`, 'Test');
    expect(written).toHaveLength(2);
  });

  it('lets ten lines a second of one cause through, and says how many it held back', async () => {
    const { log, clock, written } = logger({ format });
    const suppressed: string[] = [];
    log.onSuppressed = (context) => suppressed.push(context);
    for (let line = 0; line < 10_000; line += 1) log.warn({ event: 'bad_frame', connection: line }, 'Realtime');
    for (let line = 0; line < 50; line += 1) log.warn(`internal request_id=${line}`, 'http');
    expect(written).toHaveLength(20);
    expect(suppressed).toHaveLength(10_030);
    log.warn({ event: 'another' }, 'Realtime');
    expect(written).toHaveLength(21);
    await clock.advance(1000);
    log.warn({ event: 'bad_frame' }, 'Realtime');
    expect(written.at(-1)).toMatch(/suppressed("?[:=])9990/);
  });
});

describe('the log in json', () => {
  it('says when, how bad, where and what', () => {
    const { log, written } = logger();
    log.log({ event: 'started', port: 8080, level: 'not mine', none: undefined }, 'Test');
    log.log('words', 'Test');
    const common = { time: '2026-01-02T03:04:05.678Z', level: 'info', context: 'Test' };
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...common, event: 'started', port: 8080 },
      { ...common, message: 'words' },
    ]);
  });

  it('tells an error with its causes, on its own and inside a line', () => {
    const { log, written } = logger();
    const error = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNRESET' }) });
    log.error(error, undefined, 'Test');
    log.error({ event: 'failed', error }, 'Test');
    log.error('failed', error.stack, 'Test');
    const [first, second, third] = written.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ level: 'error', message: 'outer', stack: expect.stringContaining('log.spec') });
    expect(second).toMatchObject({
      event: 'failed',
      error: { message: 'outer', cause: { message: 'inner', code: 'ECONNRESET' } },
    });
    expect(third).toMatchObject({ message: 'failed', stack: expect.stringContaining('Error: outer') });
  });

  it('survives what JSON cannot say', () => {
    const { log, written } = logger();
    const round: Record<string, unknown> = { big: 10n, call: () => 1, date: new Date(0), bad: new Date(Number.NaN) };
    round.self = round;
    log.log(round, 'Test');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      big: '10',
      call: '[function]',
      date: '1970-01-01T00:00:00.000Z',
      bad: null,
    });
  });

  it('is what Nest’s own Logger writes to', () => {
    const { log, written } = logger();
    Logger.overrideLogger(log);
    onTestFinished(() => Logger.overrideLogger(['log', 'error', 'warn']));
    new Logger('Somewhere').error({ event: 'boom' });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'error', context: 'Somewhere', event: 'boom' });
  });
});
