import { describe, expect, it, type TestContext } from 'vitest';
import { type Certificate, findOpenssl, selfSigned } from '../support/certificate.js';
import { Http } from '../support/http.js';
import { findMariadb, MariadbServer } from '../support/mariadb-server.js';
import { need } from '../support/requirement.js';
import { refusedStart, startServer } from '../support/server.js';

interface Encrypted {
  readonly database: MariadbServer;
  readonly certificate: Certificate;
}

/** A MariaDB with a certificate of its own, that takes nobody who does not encrypt. */
async function encrypted(context: TestContext): Promise<Encrypted> {
  need(context, 'mariadbd', findMariadb());
  const certificate = selfSigned(need(context, 'openssl', findOpenssl()));
  const files = [`--ssl-cert=${certificate.certFile}`, `--ssl-key=${certificate.keyFile}`];
  const database = await MariadbServer.start(files);
  await database.command("ALTER USER hadir@'127.0.0.1' REQUIRE SSL");
  return { database, certificate };
}

describe('TLS to MariaDB', () => {
  it('is spoken where the address asks for it, with a server whose certificate is trusted', async (context) => {
    const { database, certificate } = await encrypted(context);
    for (const mode of ['VERIFY_CA', 'VERIFY_IDENTITY']) {
      const env = { DATABASE_URL: `${database.url}?ssl-mode=${mode}`, NODE_EXTRA_CA_CERTS: certificate.certFile };
      const server = await startServer({ env });
      expect((await new Http(server.url).newcomer()).user.id).toBeTruthy();
    }
  });

  it('is not made with a certificate that nobody vouches for, unless it need not be', async (context) => {
    const { database } = await encrypted(context);
    const refused = await refusedStart({ DATABASE_URL: `${database.url}?ssl-mode=VERIFY_IDENTITY` });
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/self-signed certificate/);
    expect(refused.output).not.toContain('sandi');
    const server = await startServer({ env: { DATABASE_URL: `${database.url}?ssl-mode=REQUIRED` } });
    expect((await new Http(server.url).newcomer()).user.id).toBeTruthy();
  });

  it('is not done without where the server has none', async (context) => {
    need(context, 'mariadbd', findMariadb());
    const database = await MariadbServer.start();
    const { code, output } = await refusedStart({ DATABASE_URL: `${database.url}?ssl-mode=REQUIRED` });
    expect(code).toBe(1);
    expect(output).toMatch(/does not support secure connection/i);
  });
});
