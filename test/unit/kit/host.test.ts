import { describe, expect, it } from 'vitest';
import { normalizeHost } from '../../../src/kit/host.ts';

describe('normalizeHost', () => {
  it.each([
    ['', ''],
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com:8080', 'example.com'],
    ['example.com:', 'example.com'],
    ['Example.com.:443', 'example.com'],
    ['a_b-c.d1', 'a_b-c.d1'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['localhost', 'localhost'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['[::1]', '::1'],
    ['[::1]:80', '::1'],
    ['[2001:DB8::A]:65535', '2001:db8::a'],
    ['[::ffff:10.0.0.1]', '::ffff:10.0.0.1'],
    [`${'a'.repeat(255)}`, 'a'.repeat(255)],
  ])('%j becomes %j', (field, expected) => {
    expect(normalizeHost(field)).toBe(expected);
  });

  it.each([
    '.',
    '..',
    '.a',
    'a..b',
    'a..',
    ':80',
    'a:b',
    'a:80:80',
    'a:-1',
    'a:65536',
    'a:99999999999999999999',
    'a b',
    ' a',
    'a\t',
    'a/b',
    'user@a',
    'a?b',
    'a#b',
    'a,b',
    '*.a',
    'a%20b',
    'a\\b',
    'a\u0000',
    'a\r\nb',
    'b\u00fccher.example',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[::1]80',
    '[::1]:x',
    '[::1] ',
    '[fe80::1%eth0]',
    '[v1.x]',
    '[127.0.0.1]',
    '[:::1]',
    'a'.repeat(256),
    `[${'1:'.repeat(300)}]`,
  ])('refuses %j', (field) => {
    expect(normalizeHost(field)).toBeNull();
  });
});
