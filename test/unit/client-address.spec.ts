import { describe, expect, it } from 'vitest';
import { addressKey, canonicalAddress, clientAddress, parseCidr } from '../../src/common/client-address.js';

const proxies = ['10.0.0.0/8', '192.168.1.1', 'fd00::/8'].map(parseCidr);

describe('the address of a client', () => {
  it('is that of the peer, whatever X-Forwarded-For says, when no proxy is trusted', () => {
    expect(clientAddress('203.0.113.7', '198.51.100.1', [])).toBe('203.0.113.7');
  });

  it('is that of the peer when the peer is not a trusted proxy', () => {
    expect(clientAddress('203.0.113.7', '198.51.100.1', proxies)).toBe('203.0.113.7');
  });

  it('is the rightmost address that no trusted proxy put there', () => {
    expect(clientAddress('10.0.0.1', '198.51.100.1', proxies)).toBe('198.51.100.1');
    expect(clientAddress('10.0.0.1', '1.2.3.4, 198.51.100.1, 10.9.9.9', proxies)).toBe('198.51.100.1');
    expect(clientAddress('192.168.1.1', 'spoofed, 198.51.100.1', proxies)).toBe('198.51.100.1');
  });

  it('is the last proxy that is known when the rest of the list makes no sense', () => {
    expect(clientAddress('10.0.0.1', 'unknown, 10.0.0.2', proxies)).toBe('10.0.0.2');
    expect(clientAddress('10.0.0.1', '198.51.100.1:4711', proxies)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', '', proxies)).toBe('10.0.0.1');
  });

  it('is the farthest proxy when everybody on the way is one', () => {
    expect(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', proxies)).toBe('10.0.0.3');
  });

  it('sees through IPv4 written as IPv6, for peers and for hops', () => {
    expect(clientAddress('::ffff:10.0.0.1', '::ffff:198.51.100.1', proxies)).toBe('198.51.100.1');
    expect(clientAddress('fd00::1', '2001:DB8:0:0::1', proxies)).toBe('2001:db8::1');
  });

  it('survives a connection that is gone', () => {
    expect(clientAddress(undefined, '198.51.100.1', proxies)).toBe('');
  });
});

describe('an address written in several ways', () => {
  it('has one spelling', () => {
    expect(canonicalAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress('2001:0DB8::0001')).toBe('2001:db8::1');
    expect(canonicalAddress('a pipe')).toBe('a pipe');
  });
});

describe('what limits count by', () => {
  it('is the address for IPv4, also inside IPv6', () => {
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it('is the /64 for IPv6', () => {
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8:1:2::ffff')).toBe(addressKey('2001:db8:1:2:aaaa::1'));
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
  });
});

describe('a range of trusted proxies', () => {
  it('may be one address', () => {
    expect(parseCidr('10.1.2.3')[1]).toBe(32);
    expect(parseCidr('::1')[1]).toBe(128);
  });

  it.each(['1', '2130706433', '10.0.0.0/33', 'proxy.example', ''])('is never %j', (text) => {
    expect(() => parseCidr(text)).toThrow();
  });
});
