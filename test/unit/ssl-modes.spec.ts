import { describe, expect, it } from 'vitest';
import { splitSslMode } from '../../src/common/ssl-modes.js';
import { loadSettings } from '../../src/config/env.js';

const load = (query: string) => loadSettings({ DATABASE_URL: `mariadb://a:p%40ss@db/hadir${query}` }).database.url;

describe('the query of a database address', () => {
  it.each(['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])('may be the mode %s', (mode) => {
    const url = load(`?ssl-mode=${mode}`);
    expect(splitSslMode(url)).toEqual({ address: 'mariadb://a:p%40ss@db/hadir', mode });
  });

  it('is no encryption where there is none', () => {
    expect(splitSslMode(load(''))?.mode).toBe('DISABLED');
  });

  it.each(['?ssl=true', '?ssl-mode=ON', '?ssl-mode=constructor', '?ssl-mode=REQUIRED&x=1', '?a?ssl-mode=REQUIRED'])(
    'is nothing like %s',
    (query) => {
      expect(() => load(query)).toThrow(/DATABASE_URL.*ssl-mode=/s);
    },
  );
});
