import { describe, expect, it } from 'vitest';
import { parseOrigin } from '../../src/common/origin.js';

describe('an origin', () => {
  it.each([
    'http://localhost:3000',
    'https://yourapp.com',
    'https://yourapp.com:8443',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'https://xn--bcher-kva.example',
  ])('may be %s', (text) => {
    expect(parseOrigin(text)).toBe(text);
  });

  it.each([
    ['a wildcard', '*'],
    ['a wildcard host', 'https://*.yourapp.com'],
    ['null', 'null'],
    ['nothing', ''],
    ['a host alone', 'yourapp.com'],
    ['a slash at the end', 'https://yourapp.com/'],
    ['a path', 'https://yourapp.com/app'],
    ['a query', 'https://yourapp.com?x'],
    ['user info', 'https://yourapp.com@evil.example'],
    ['a trailing dot', 'https://yourapp.com.'],
    ['upper case', 'https://YourApp.com'],
    ['the port of the scheme itself', 'https://yourapp.com:443'],
    ['letters beyond ASCII', 'https://bücher.example'],
    ['white space', ' https://yourapp.com'],
    ['two of them', 'https://yourapp.com https://evil.example'],
    ['a line break', 'https://yourapp.com\r\nX: y'],
    ['another scheme', 'ws://yourapp.com'],
    ['a file', 'file://'],
    ['a port out of range', 'https://yourapp.com:99999'],
  ])('is never %s', (_what, text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });
});
