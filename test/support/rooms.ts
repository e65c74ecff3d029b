import { expect } from 'vitest';
import { startApp, type TestApp } from './app.js';
import { Http, type LoginData, type Reply } from './http.js';

export interface RoomData {
  id: string;
  name: string;
  role: string;
  member_count: number;
  created_at: string;
}
export interface MemberData {
  user_id: string;
  display_name: string;
  role: string;
  joined_at: string;
}
export interface PageData<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** A server with three people who can call it. */
export async function threePeople(
  env: Record<string, string> = {},
): Promise<{ app: TestApp; http: Http; people: [LoginData, LoginData, LoginData] }> {
  const app = await startApp({ env });
  const http = new Http(app.url);
  const [alice, bob, carol] = await Promise.all(['Alice', 'Bob', 'Carol'].map((name) => http.newcomer(name)));
  return { app, http, people: [alice!, bob!, carol!] };
}

export async function newRoom(
  http: Http,
  owner: LoginData,
  members: LoginData[] = [],
  name = 'Dapur',
): Promise<RoomData> {
  const body = { name, member_ids: members.map(({ user }) => user.id) };
  const reply = await http.post<RoomData>('rooms', { token: owner.access_token, body });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body.data;
}

export const codeOf = ({ status, body }: Reply) => [status, body.error?.code];
