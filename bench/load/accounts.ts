import type { Member } from '../dialect.js';

interface Answer<Data> {
  readonly success: boolean;
  readonly message: string;
  readonly data: Data;
}

/** Logs accounts in over REST, and finds out which rooms they are in. */
export async function logIn(socketUrl: URL, emails: readonly string[], password: string): Promise<Member[]> {
  const origin = `${socketUrl.protocol === 'wss:' ? 'https' : 'http'}://${socketUrl.host}`;
  const call = async <Data>(path: string, init: RequestInit): Promise<Data> => {
    const response = await fetch(`${origin}/api/v1/${path}`, init);
    const answer = (await response.json()) as Answer<Data>;
    if (!answer.success) throw new Error(`${path} answered ${response.status}: ${answer.message}`);
    return answer.data;
  };
  const members: Member[] = [];
  for (const email of emails) {
    const { user, access_token } = await call<{ user: { id: string }; access_token: string }>('auth/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password, device_name: 'load' }),
    });
    const headers = { Authorization: `Bearer ${access_token}` };
    const { items } = await call<{ items: { id: string }[] }>('rooms?limit=100', { headers });
    members.push({ userId: user.id, token: access_token, rooms: items.map(({ id }) => id) });
  }
  return members;
}
