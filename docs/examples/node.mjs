// Logs in, connects, pings, prints what arrives, and comes back when it should.
//   node docs/examples/node.mjs alice@example.com the-password [http://localhost:8080]
import WebSocket from 'ws';

const [email, password, server = 'http://localhost:8080'] = process.argv.slice(2);
let token;
let attempts = 0;

async function logIn() {
  const response = await fetch(`${server}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const { success, data, error } = await response.json();
  if (success) return data.access_token;
  console.error('Login refused:', error.code);
  process.exit(1);
}

async function connect() {
  token ??= await logIn();
  const ws = new WebSocket(`${server.replace('http', 'ws')}/ws?token=${token}`);
  const leave = () => ws.close(1000);
  process.once('SIGINT', leave);

  ws.on('open', () => {
    attempts = 0;
    console.log('WebSocket connected');
    ws.send(JSON.stringify({ type: 'ping', data: {} }));
  });
  ws.on('message', (data) => console.log('Received:', JSON.parse(data.toString())));
  ws.on('error', (error) => {
    console.error('WebSocket error:', error.message);
    if (error.message.endsWith('401')) token = undefined;
  });
  ws.on('close', (code, reason) => {
    process.off('SIGINT', leave);
    console.log('WebSocket closed:', code, reason.toString());
    if (code === 4001) token = undefined;
    if (comesBack(code)) setTimeout(retry, delay(code, reason.toString()));
  });
}

function retry() {
  connect().catch((error) => {
    console.error('Not reachable:', error.message);
    setTimeout(retry, delay());
  });
}

/** 1001, 1006 (no close frame at all), 1011 and 4000–4499 mean: come back. Everything else means: stay away. */
function comesBack(code) {
  return [1001, 1006, 1011].includes(code) || (code >= 4000 && code < 4500);
}

/** A server that goes away says when to return; otherwise wait twice as long each time, with some chance in it. */
function delay(code, reason) {
  if (code === 1001 && reason) return JSON.parse(reason).retry_after_ms;
  const ceiling = Math.min(30_000, 1_000 * 2 ** attempts++);
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

retry();
