import { describe, expect, it } from 'vitest';
import { normalName, relativeName, selfAndParents } from '../../../../src/primary/dns/dns-name.ts';

describe('dns-name', () => {
  it('compares names in lower case, without the last dot', () => {
    expect(normalName('WWW.Example.COM.')).toBe('www.example.com');
    expect(normalName('.')).toBe('');
  });

  it('climbs from a name to the top', () => {
    expect(selfAndParents('a.b.c')).toEqual(['a.b.c', 'b.c', 'c']);
  });

  it('writes a name as its zone does', () => {
    expect(relativeName('_acme-challenge.a.example.com', 'example.com')).toBe('_acme-challenge.a');
    expect(relativeName('example.com', 'example.com')).toBe('@');
  });
});
