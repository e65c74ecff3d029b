import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The openssl on the path of this machine, if there is one. */
export function findOpenssl(): string | undefined {
  return ['openssl'].find((name) => spawnSync(name, ['version']).status === 0);
}

/** A certificate of this machine that nobody has signed but itself. Its files are gone after the test. */
export function selfSigned(openssl: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [certFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync(openssl, ['req', '-x509', '-days', '2', ...key, ...names, '-out', certFile]);
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr.toString()}`);
  return { certFile, keyFile };
}

/** Options under which a Redis takes clients over TLS on one more port. */
export function tlsOptions({ certFile, keyFile }: Certificate, port: number): string[] {
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile];
  return ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files];
}
