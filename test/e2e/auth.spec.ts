import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { Http } from '../support/http.js';

describe('login', () => {
  it('answers as the guide shows, and its token opens the rest', async () => {
    const http = new Http((await startApp()).url);
    const login = await http.newcomer('Ayu');
    const me = await http.get('auth/sessions', { token: login.access_token });
    expect(me.status).toBe(200);
  });
});
