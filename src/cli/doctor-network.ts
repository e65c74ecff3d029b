import type { Settings } from '../config/settings.js';
import { type Finding, fail, ok, warn } from './finding.js';

const PLACEHOLDER = 'https://yourapp.com';

export function checkNetwork(settings: Settings): Finding[] {
  return [...checkProxies(settings), ...checkOrigins(settings), ...checkTokens(settings)];
}

function checkTokens({ server: { environment }, realtime: { queryToken } }: Settings): Finding[] {
  const check = 'tokens';
  if (queryToken !== 'on') return [ok(check, `WS_QUERY_TOKEN is ${queryToken}: no access token stands in an address`)];
  if (environment !== 'production') return [ok(check, 'WS_QUERY_TOKEN is on, for a machine of your own')];
  return [
    warn(
      check,
      'WS_QUERY_TOKEN is on: access tokens may stand in the address of /ws, and so in logs and histories',
      'Set it to ticket-only when no client sends ?token=; the client of this project never does.',
    ),
  ];
}

function checkProxies({ server: { trustedProxies, host, environment } }: Settings): Finding[] {
  const check = 'proxy headers';
  if (trustedProxies.some(([, bits]) => bits === 0))
    return [
      fail(
        check,
        'TRUSTED_PROXIES trusts everybody: each client may say which address it has',
        'Name the addresses of your proxies only.',
      ),
    ];
  if (trustedProxies.length > 0) {
    const names = trustedProxies.map(([address, bits]) => `${address.toString()}/${bits}`).join(', ');
    return [ok(check, `X-Forwarded-For counts when it comes from ${names}`)];
  }
  if (environment === 'production')
    return [
      warn(
        check,
        `TRUSTED_PROXIES is empty: X-Forwarded-For is ignored (listening on ${host})`,
        'Behind a proxy name it there, or all clients share one address and its limits. Without a proxy this is right, but TLS needs one.',
      ),
    ];
  return [ok(check, 'X-Forwarded-For is ignored')];
}

function checkOrigins({ server: { allowedOrigins, allowEmptyOrigin, environment } }: Settings): Finding[] {
  const check = 'origins';
  const found = ok(
    check,
    `${allowedOrigins.join(', ') || 'none in ALLOWED_ORIGINS'}; clients without an origin ${allowEmptyOrigin ? 'may' : 'may not'} connect`,
  );
  if (environment !== 'production') return [found];
  const plain = allowedOrigins.filter((origin) => origin.startsWith('http://'));
  const findings = [found];
  if (allowedOrigins.includes(PLACEHOLDER))
    findings.push(
      warn(
        check,
        `${PLACEHOLDER} is an example and is allowed`,
        'Set ALLOWED_ORIGINS to the addresses of your own pages.',
      ),
    );
  if (plain.length > 0)
    findings.push(
      warn(
        check,
        `${plain.join(', ')} may connect, and is not https`,
        'Anybody on the way can put a script into such a page: allow https:// only.',
      ),
    );
  if (allowedOrigins.length === 0)
    findings.push(
      warn(
        check,
        'no page may connect but those that administrators have added',
        'Set ALLOWED_ORIGINS, or POST /api/v1/admin/origins.',
      ),
    );
  return findings;
}
