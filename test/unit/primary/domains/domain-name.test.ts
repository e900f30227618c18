import { describe, expect, it } from 'vitest';
import { domainOf } from '../../../../src/primary/domains/domain-name.ts';

describe('domain-of', () => {
  it.each([
    ['example.com', 'example.com'],
    ['Example.COM.', 'example.com'],
    ['*.example.com', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['intern', 'intern'],
    [`${'a'.repeat(63)}.test`, `${'a'.repeat(63)}.test`],
  ])('%s is proved by %s', (host, domain) => {
    expect(domainOf(host)).toBe(domain);
  });

  it.each([
    '',
    '.',
    '*',
    '*.',
    '*.*.example.com',
    'a..b',
    'example.com:443',
    'https://example.com',
    'example.com/x',
    'user@example.com',
    '192.0.2.1',
    '*.192.0.2.1',
    '[::1]',
    '::1',
    '-a.test',
    'a-.test',
    'a b.test',
    '../../etc/passwd',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(110)}test`,
  ])('rejects %j', (host) => {
    expect(domainOf(host)).toBeNull();
  });
});
