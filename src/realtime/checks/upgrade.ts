import { Problem } from '../../common/problem.js';
import type { Attempt, Check } from '../attempt.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 6455, section 4.2.1. */
export class UpgradeCheck implements Check {
  check({ request }: Attempt): void {
    const { headers, method } = request;
    if (method !== 'GET') throw new Problem('method_not_allowed');
    if (headers.upgrade?.toLowerCase() !== 'websocket') throw new Problem('upgrade_required');
    if (!KEY.test(headers['sec-websocket-key'] ?? '')) throw new Problem('bad_handshake');
    if (headers['sec-websocket-version'] !== '13') throw new Problem('upgrade_required');
    if (!areProtocols(headers['sec-websocket-protocol'])) throw new Problem('bad_handshake');
  }
}

function areProtocols(header: string | undefined): boolean {
  if (header === undefined) return true;
  const protocols = header.split(',').map((protocol) => protocol.trim());
  return protocols.every((protocol) => TOKEN.test(protocol)) && new Set(protocols).size === protocols.length;
}
