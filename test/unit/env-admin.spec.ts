import { describe, expect, it } from 'vitest';
import { refusal } from '../support/refusal.js';

describe('the settings of the first administrator', () => {
  it('names a common password of the administrator beside everything else', () => {
    const refused = refusal({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'password', PORT: 'http' });
    expect(Object.keys(refused).sort()).toEqual(['ADMIN_PASSWORD', 'PORT']);
  });

  it('names a password of the administrator that is made of the address of mail, the origins or the product', () => {
    const env = { ADMIN_EMAIL: 'wahyudi@example.com', ALLOWED_ORIGINS: 'https://warungkopi.example' };
    for (const ADMIN_PASSWORD of ['Wahyudi2026', 'warungkopi!', 'hadir-admin', 'Administrator1'])
      expect(refusal({ ...env, ADMIN_PASSWORD }), ADMIN_PASSWORD).toEqual({
        ADMIN_PASSWORD: expect.stringContaining('too short without'),
      });
    expect(refusal({ ...env, ADMIN_PASSWORD: 'sebuah sandi yang panjang' })).toEqual({});
    const bad = { ...env, ADMIN_PASSWORD: 'sebuah sandi yang panjang', ALLOWED_ORIGINS: '*' };
    expect(Object.keys(refusal(bad))).toEqual(['ALLOWED_ORIGINS']);
  });

  it('needs both halves of the first administrator', () => {
    expect(refusal({ ADMIN_EMAIL: 'root@example.com' })).toHaveProperty('ADMIN_PASSWORD');
    expect(refusal({ ADMIN_PASSWORD: 'long enough' })).toHaveProperty('ADMIN_EMAIL');
  });
});
