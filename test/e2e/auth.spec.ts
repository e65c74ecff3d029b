import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http, type LoginData, PASSWORD } from '../support/http.js';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let app: TestApp;
let http: Http;
beforeAll(async () => {
  app = await startApp();
  http = new Http(app.url);
});
afterAll(() => app.close());

describe('register', () => {
  it('answers 201 with the new user, the e-mail in lower case', async () => {
    const body = { email: 'Ratna@Example.COM', password: PASSWORD, display_name: '  Ratna Dewi ' };
    const { status, body: answer } = await http.post('auth/register', { body });
    expect(status).toBe(201);
    expect(answer).toEqual({
      success: true,
      message: 'Registration successful',
      data: {
        id: expect.stringMatching(UUID_V7),
        email: 'ratna@example.com',
        display_name: 'Ratna Dewi',
        role: 'user',
        created_at: expect.stringMatching(TIME),
      },
    });
  });

  it('refuses an e-mail that is taken, in any case and of many at once all but one', async () => {
    const register = (email: string) =>
      http.post('auth/register', { body: { email, password: PASSWORD, display_name: 'x' } });
    const replies = await Promise.all(['Twin@example.com', 'twin@example.com', 'TWIN@example.com'].map(register));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(replies.find(({ status }) => status === 409)?.body.error?.code).toBe('email_taken');
  });

  it.each([
    ['email', { email: 'nobody' }],
    ['email', { email: 12 }],
    ['email', { email: `${'a'.repeat(250)}@example.com` }],
    ['password', { password: '1234567' }],
    ['password', { password: 'x'.repeat(1025) }],
    ['password', { password: 'password123' }],
    ['password', { password: 'BASEBALL' }],
    ['password', { password: ['a', 'b'] }],
    ['display_name', { display_name: '' }],
    ['display_name', { display_name: '   ' }],
    ['display_name', { display_name: 'x'.repeat(81) }],
    ['display_name', { display_name: 'a\nb' }],
    ['display_name', { display_name: '\u0000' }],
    ['display_name', { display_name: '\ud800' }],
    ['role', { role: 'admin' }],
  ])('names the field that is wrong: %s %j', async (field, change) => {
    const body = { email: 'new@example.com', password: PASSWORD, display_name: 'New', ...change };
    const reply = await http.post('auth/register', { body });
    expect(reply.status).toBe(400);
    expect(reply.body.error?.code).toBe('validation_failed');
    expect(reply.body.error?.details?.map((detail) => detail.field)).toEqual([field]);
    for (const value of Object.values(change)) {
      if (typeof value === 'string' && value.length > 2) expect(JSON.stringify(reply.body)).not.toContain(value);
    }
  });

  it('takes a password of 1,024 bytes whole', async () => {
    const password = `${'😀'.repeat(255)}abcd`;
    expect(Buffer.byteLength(password)).toBe(1024);
    const body = { email: 'long@example.com', password, display_name: 'Long' };
    expect((await http.post('auth/register', { body })).status).toBe(201);
    const login = (tail: string) =>
      http.post('auth/login', { body: { email: body.email, password: password.slice(0, -1) + tail } });
    expect((await login('d')).status).toBe(200);
    expect((await login('e')).status).toBe(401);
  });

  it('is closed where the operator says so', async () => {
    const closed = new Http((await startApp({ env: { REGISTRATION: 'closed' } })).url);
    const body = { email: 'new@example.com', password: PASSWORD, display_name: 'New' };
    const reply = await closed.post('auth/register', { body });
    expect([reply.status, reply.body.error?.code]).toEqual([403, 'registration_closed']);
  });
});

describe('login', () => {
  it('answers as the guide shows, and its token opens the rest', async () => {
    const email = await http.register('Ayu');
    const { status, body } = await http.post<LoginData>('auth/login', { body: { email, password: PASSWORD } });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      message: 'Login successful',
      data: {
        user: expect.objectContaining({ email, display_name: 'Ayu' }),
        access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
        refresh_token: expect.stringMatching(/^[\w-]{43}$/),
        token_type: 'Bearer',
        expires_in: 900,
        expires_at: expect.stringMatching(TIME),
        session_id: expect.stringMatching(UUID_V7),
      },
    });
    expect((await http.get('users/me', { token: body.data.access_token })).status).toBe(200);
  });

  it('does not care for the case of the e-mail', async () => {
    const email = await http.register();
    expect((await http.login(email.toUpperCase())).user.email).toBe(email);
  });

  it.each([
    [{ password: PASSWORD }],
    [{ email: 'a@example.com' }],
    [{ email: 'a@example.com', password: '' }],
    [{ email: 'a@example.com', password: 'x'.repeat(1025) }],
    [{ email: 'a@example.com', password: PASSWORD, device_name: 7 }],
    [{ email: 'a@example.com', password: PASSWORD, surprise: true }],
    [{ email: { $ne: null }, password: PASSWORD }],
  ])('refuses a body of the wrong shape: %#', async (body) => {
    const reply = await http.post('auth/login', { body });
    expect([reply.status, reply.body.error?.code]).toEqual([400, 'validation_failed']);
  });
});

describe('many at once', () => {
  it('are never taken for each other, nor by another node in this process', async () => {
    const other = new Http((await startApp()).url);
    const people = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 ? http : other).newcomer()));
    const asked = Array.from({ length: 160 }, (_, index) => index % people.length);
    const seen = await Promise.all(
      asked.map(async (index) => {
        const call = { token: people[index]?.access_token };
        return (await (index % 2 ? http : other).get<{ id: string }>('users/me', call)).body.data.id;
      }),
    );
    expect(seen).toEqual(asked.map((index) => people[index]?.user.id));
  });
});

describe('changing the password', () => {
  const NEW = 'pintu itu sudah terbuka';

  it('ends the other sessions and lets only the new one in', async () => {
    const email = await http.register();
    const [own, other] = [await http.login(email), await http.login(email)];
    const body = { current_password: PASSWORD, new_password: NEW };
    expect((await http.post('auth/change-password', { token: own.access_token, body })).status).toBe(200);
    expect((await http.get('users/me', { token: own.access_token })).status).toBe(200);
    expect((await http.get('users/me', { token: other.access_token })).body.error?.code).toBe('session_revoked');
    expect((await http.post('auth/login', { body: { email, password: PASSWORD } })).status).toBe(401);
    expect((await http.login(email, NEW)).user.email).toBe(email);
  });

  it.each([
    [{ current_password: 'something else', new_password: NEW }, 401, 'invalid_credentials'],
    [{ current_password: PASSWORD, new_password: 'short' }, 400, 'validation_failed'],
    [{ current_password: PASSWORD, new_password: 'iloveyou' }, 400, 'validation_failed'],
    [{ current_password: PASSWORD, new_password: 'Hadir2026!' }, 400, 'validation_failed'],
    [{ new_password: NEW }, 400, 'validation_failed'],
  ])('is refused and changes nothing: %j', async (body, status, code) => {
    const login = await http.newcomer();
    const reply = await http.post('auth/change-password', { token: login.access_token, body });
    expect([reply.status, reply.body.error?.code]).toEqual([status, code]);
    expect((await http.login(login.user.email)).user.id).toBe(login.user.id);
  });
});

describe('a password of the words that everybody would try here', () => {
  const refusalOfField = (field: string) => ({
    code: 'validation_failed',
    details: [{ field, message: expect.stringContaining('too short without the name') }],
  });

  it('is refused at registration and at a change, by the name of its field, and never shown again', async () => {
    const body = { email: 'siti.nurhaliza@example.com', display_name: 'Siti Nurhaliza', password: 'Nurhal1za-99' };
    const refused = await http.post('auth/register', { body });
    expect([refused.status, refused.body.error]).toEqual([400, expect.objectContaining(refusalOfField('password'))]);
    expect(JSON.stringify(refused.body)).not.toContain('Nurhal1za');
    expect((await http.post('auth/register', { body: { ...body, password: PASSWORD } })).status).toBe(201);
    const { access_token: token } = await http.login(body.email);
    const change = { current_password: PASSWORD, new_password: 'nurhaliza2026' };
    const kept = await http.post('auth/change-password', { token, body: change });
    expect([kept.status, kept.body.error]).toEqual([400, expect.objectContaining(refusalOfField('new_password'))]);
    await http.login(body.email);
  });
});
