import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/env.js';

const urls = (text: string) => loadSettings({ DATABASE_URL: 'sqlite::memory:', REDIS_URL: text }).cluster.redisUrls;

describe('REDIS_URL', () => {
  it('names one server, or several of one cluster', () => {
    expect(urls('redis://one:6379')).toEqual(['redis://one:6379']);
    expect(urls('redis://one:6379, rediss://two:6380')).toEqual(['redis://one:6379', 'rediss://two:6380']);
    expect(urls('redis://:with,comma@one:6379')).toEqual(['redis://:with,comma@one:6379']);
  });

  it.for(['one:6379', 'http://one', 'redis://one,two:6379', 'redis://one:6379,two:6379', 'redis://one:x'])(
    'is refused where it names none: %s',
    (text) => {
      expect(() => urls(text)).toThrow('REDIS_URL');
    },
  );
});
