import { describe, expect, it } from 'vitest';
import { asciiPath, hexPairAt, PathFault, prefixPath, resolvePath } from '../../../src/kit/path.ts';

describe('resolvePath', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a//b///', '/a//b///'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a/..b/...', '/a/..b/...'],
    ['/caf\u00e9', '/caf\u00e9'],
    ['/a.b/c.', '/a.b/c.'],
  ])('keeps %s', (path, expected) => {
    expect(resolvePath(path)).toBe(expected);
  });

  it.each([
    ['/%41%7a%30%2D%2e%5F%7E', '/Az0-._~'],
    ['/a%2fb', '/a%2Fb'],
    ['/%c3%bc', '/%C3%BC'],
    ['/%252e', '/%252e'],
    ['/a%20b%7c', '/a%20b%7C'],
  ])('normalises the escapes of %s to %s (RFC 3986 6.2.2.1, 6.2.2.2)', (path, expected) => {
    expect(resolvePath(path)).toBe(expected);
  });

  it.each([
    ['/.', '/'],
    ['/./', '/'],
    ['/a/.', '/a/'],
    ['/a/./b', '/a/b'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/a/b/../', '/a/'],
    ['/a/b/../../c', '/c'],
    ['/a//../b', '/a/b'],
    ['//..', '/'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e', '/'],
    ['/a/%2e', '/a/'],
    ['/a/../%41/%2e', '/A/'],
    ['/a/..%2fb', '/a/..%2Fb'],
  ])('resolves the dot segments of %s to %s (RFC 3986 5.2.4)', (path, expected) => {
    expect(resolvePath(path)).toBe(expected);
  });

  it.each(['/..', '/../a', '/a/../..', '/a/../../b', '/%2e%2e/a', '/./../'])(
    'refuses %s: above root',
    (path) => {
      expect(resolvePath(path)).toBe(PathFault.ABOVE_ROOT);
    },
  );

  it.each(['', '*', 'a/b', '?', '/%', '/%4', '/%zz', '/a%2', '/ok/%41/%g0', '/%-1'])(
    'refuses %j: malformed',
    (path) => {
      expect(resolvePath(path)).toBe(PathFault.MALFORMED);
    },
  );

  it('is linear on long adversarial paths', () => {
    // A quadratic step would need minutes for a megabyte.
    expect(resolvePath('/a/..'.repeat(200_000))).toBe('/');
    expect(resolvePath(`/${'%41'.repeat(300_000)}`)).toHaveLength(300_001);
    expect(resolvePath('/'.repeat(1_000_000))).toHaveLength(1_000_000);
  });
});

describe('prefixPath', () => {
  it.each([
    ['/', '/'],
    ['//', '/'],
    ['/api', '/api'],
    ['/api/', '/api'],
    ['/api//', '/api'],
    ['/a//b', '/a//b'],
  ])('%s is the prefix %s', (path, expected) => {
    expect(prefixPath(path)).toBe(expected);
  });
});

describe('asciiPath', () => {
  it.each([
    ['/plain%2F', '/plain%2F'],
    ['/b\u00fccher', '/b%C3%BCcher'],
    ['/\u{1f600}', '/%F0%9F%98%80'],
    ['/\ud800', '/%EF%BF%BD'],
  ])('%j becomes %s', (path, expected) => {
    expect(asciiPath(path)).toBe(expected);
  });
});

describe('hexPairAt', () => {
  it('reads two digits and refuses anything else', () => {
    expect(hexPairAt('%fF', 1)).toBe(255);
    expect(hexPairAt('00', 0)).toBe(0);
    expect(hexPairAt('0', 0)).toBe(-1);
    expect(hexPairAt('g0', 0)).toBe(-1);
    expect(hexPairAt('', 4)).toBe(-1);
  });
});
