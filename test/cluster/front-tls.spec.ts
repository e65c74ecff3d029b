import { readFileSync } from 'node:fs';
import { type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { describe, expect, it, type TestContext } from 'vitest';
import { parse } from 'yaml';
import { startApp } from '../support/app.js';
import { findOpenssl, selfSigned } from '../support/certificate.js';
import { frontKinds, type FrontKind, startFront } from '../support/front.js';
import { newPerson } from '../support/people.js';
import { need } from '../support/requirement.js';
import { openSocket } from '../support/socket.js';

const HSTS = 'max-age=31536000; includeSubDomains';

/** A node behind a proxy that was given a certificate. */
async function install(kind: FrontKind, context: TestContext) {
  const certificate = selfSigned(need(context, 'openssl', findOpenssl()));
  const node = await startApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  const port = Number(new URL(node.url).port);
  const front = await startFront(kind, [port, port], context, certificate);
  return { node, front, ca: readFileSync(certificate.certFile, 'utf8') };
}

/** What one handshake of TLS agrees on. @throws where the two do not agree */
function agree(port: number, options: ConnectionOptions): Promise<{ protocol: string | null; cipher: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ...options }, () => {
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function getOver(ca: string, port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', servername: 'localhost', port, path, ca }, (answer) => resolve(answer.resume()))
      .on('error', reject)
      .end();
  });
}

describe.each(frontKinds)('$name with a certificate', { timeout: 60_000 }, (kind) => {
  it('serves REST and sockets over TLS, and asks browsers to stay with it', async (context) => {
    const { node, front, ca } = await install(kind, context);
    const { token } = await newPerson(node, 'ani');
    const socket = await openSocket(`wss://localhost:${front.tlsPort}/ws`, {
      headers: { authorization: `Bearer ${token}` },
      ca,
    });
    await socket.settled();
    const answer = await getOver(ca, front.tlsPort, '/health/ready');
    expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([200, HSTS]);
    await node.close();
    const refusal = await getOver(ca, front.tlsPort, '/api/v1/users/me');
    expect([refusal.statusCode, refusal.headers['strict-transport-security']]).toEqual([503, HSTS]);
  });

  it('speaks TLS 1.2 and 1.3 with ciphers that keep the past secret, and nothing else', async (context) => {
    const { front, ca } = await install(kind, context);
    const with12 = (ciphers: string) => agree(front.tlsPort, { ca, maxVersion: 'TLSv1.2', ciphers });
    expect(await agree(front.tlsPort, { ca })).toMatchObject({ protocol: 'TLSv1.3' });
    expect(await with12('DEFAULT')).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: expect.stringMatching(/^ECDHE-.*(GCM|CHACHA20)/),
    });
    for (const cipher of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-CCM'])
      await expect(with12(`${cipher}:@SECLEVEL=0`), cipher).rejects.toThrow(/handshake failure/);
    const old: ConnectionOptions = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' };
    await expect(agree(front.tlsPort, old)).rejects.toThrow(/protocol version|handshake failure|ECONNRESET/);
  });
});

describe('HAProxy with a certificate', () => {
  it('passes nothing on that came without TLS, and does not send it elsewhere', async (context) => {
    const { front } = await install(frontKinds[0]!, context);
    const answer = await fetch(`${front.url}/api/v1/users/me`, { redirect: 'manual' });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { success: false, message: 'Only TLS is served here', error: { code: 'bad_request' } },
    ]);
    expect((await fetch(`${front.url}/health/proxy`)).status).toBe(200);
  });
});

describe('the configurations for TLS', () => {
  it('pass requests on as those without it do', () => {
    const location = (name: string) =>
      /^ {2}location \/ \{[^]*?^ {2}\}/m.exec(readFileSync(`deploy/${name}`, 'utf8'))?.[0];
    expect(location('nginx.tls.conf.template')).toBe(location('nginx.conf.template'));
    expect(location('nginx.conf.template')).toContain('X-Forwarded-For $remote_addr');
  });

  it('of Compose add to the proxy a certificate at the place that it is told', () => {
    const { services } = parse(readFileSync('docker-compose.tls.yml', 'utf8')) as {
      services: Record<string, { environment: Record<string, string>; volumes: string[]; ports: string[] }>;
    };
    const { proxy, ...others } = services;
    expect(others).toEqual({});
    expect(proxy?.environment).toEqual({ HADIR_TLS_CERT: '/usr/local/etc/haproxy/hadir.pem' });
    expect(proxy?.volumes).toEqual([expect.stringMatching(/:\/usr\/local\/etc\/haproxy\/hadir\.pem:ro$/)]);
    expect(proxy?.ports).toEqual([expect.stringMatching(/:8443$/)]);
    expect(readFileSync('deploy/haproxy.cfg', 'utf8')).toContain('HADIR_TLS_BIND-:8443');
  });
});
