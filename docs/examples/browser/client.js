const form = document.querySelector('#login');
const log = (...words) => (document.querySelector('#log').textContent += `${words.join(' ')}\n`);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { server, email, password } = Object.fromEntries(new FormData(form));
  try {
    connect(server, await logIn(server, email, password));
  } catch (error) {
    log('Login failed:', error.message);
  }
});

async function logIn(server, email, password) {
  const { success, data, error } = await post(`${server}/api/v1/auth/login`, { email, password });
  if (!success) throw new Error(error.code);
  return data.access_token;
}

export function connect(server, token) {
  const ws = new WebSocket(`${server.replace('http', 'ws')}/ws?token=${token}`);
  let opened = false;

  // Nothing can be sent before the socket is open.
  ws.onopen = () => {
    opened = true;
    log('WebSocket connected');
    ws.send(JSON.stringify({ type: 'ping', data: {} }));
  };
  ws.onmessage = (event) => log('Received:', event.data);
  ws.onclose = async (event) => {
    log('WebSocket closed:', event.code, event.reason);
    if (!opened) log('Refused:', await whyRefused(server, token));
  };
}

/** A browser hides why a handshake was refused; asking for a ticket passes the same checks, and the answer can be read. */
async function whyRefused(server, token) {
  const { success, error } = await post(`${server}/api/v1/auth/ws-ticket`, {}, { Authorization: `Bearer ${token}` });
  return success ? 'not any more; try again' : error.code;
}

async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}
