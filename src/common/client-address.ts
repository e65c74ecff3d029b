import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A range of addresses: base and prefix length in bits. */
export type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

/** How an IPv4 address looks on a socket that takes both kinds. */
const MAPPED = '::ffff:';

/** Reads `10.0.0.0/8`, `::1/128` or a single address. @throws Error when it is neither. */
export function parseCidr(text: string): Cidr {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  if (!/[.:]/.test(text)) throw new Error('not an address');
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** One spelling for every address: IPv4 inside IPv6 (::ffff:) becomes IPv4; what is no address stays as it is. */
export function canonicalAddress(text: string): string {
  if (isIPv4(text)) return text;
  if (text.startsWith(MAPPED) && isIPv4(text.slice(MAPPED.length))) return text.slice(MAPPED.length);
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : text;
}

/**
 * What limits count by: IPv4 by address, IPv6 by its /64, the smallest block one customer holds.
 * @param text in its canonical spelling
 */
export function addressKey(text: string): string {
  if (!text.includes(':') || !ipaddr.isValid(text)) return text;
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4') return address.toString();
  const prefix = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}

/**
 * Who is calling: the peer of the TCP connection, unless that peer is a trusted proxy; then the rightmost
 * address of X-Forwarded-For that no trusted proxy put there. REST and /ws use this same rule.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: readonly Cidr[],
): string {
  // A peer's IPv4 address is as the kernel spells it: in the one way.
  let address = peer?.includes(':') ? canonicalAddress(peer) : (peer ?? '');
  if (trusted.length === 0 || !forwardedFor) return address;
  for (const hop of forwardedFor.split(',').reverse()) {
    if (!isTrusted(address, trusted)) return address;
    const next = hop.trim();
    if (!ipaddr.isValid(next)) return address;
    address = canonicalAddress(next);
  }
  return address;
}

function isTrusted(text: string, trusted: readonly Cidr[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return trusted.some((range) => address.kind() === range[0].kind() && address.match(range));
}
