import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeHost } from '../../src/kit/host.ts';
import { resolvePath } from '../../src/kit/path.ts';

const piece = fc.constantFrom(
  '/',
  '//',
  '.',
  '..',
  '/.',
  '/..',
  '%2e',
  '%2E',
  '%2f',
  '%41',
  '%c3%bc',
  '%',
  'a',
  '~',
  '\u00fc',
);
const anyPath = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
);
const anyHost = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[aA.\-_0:[\]]{0,12}$/),
  fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) => `${name.toUpperCase()}.:${port}`),
  fc.ipV6().map((address) => `[${address}]:1`),
);

describe('resolvePath', () => {
  it('never throws, is idempotent and leaves no dot segment and no escape of an unreserved character', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normal = resolvePath(path);
        if (typeof normal === 'number') return;
        expect(normal.startsWith('/')).toBe(true);
        expect(resolvePath(normal)).toBe(normal);
        expect(normal.split('/')).not.toContain('.');
        expect(normal.split('/')).not.toContain('..');
        for (const [triplet] of normal.matchAll(/%../g)) {
          expect(triplet).toBe(triplet.toUpperCase());
          expect(decodeByte(triplet)).not.toMatch(/[A-Za-z0-9\-._~]/);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('resolves dots as a URL parser does, wherever the path stays below the root', () => {
    const segments = fc.array(fc.constantFrom('a', 'b', '.', '..', '', '%2e', '.%2E'), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(segments, (parts) => {
        const path = `/${parts.join('/')}`;
        const normal = resolvePath(path);
        if (typeof normal === 'number') return;
        expect(normal).toBe(new URL(`http://h${path}`).pathname);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('normalizeHost', () => {
  it('never throws, and a name in normal form stays as it is', () => {
    fc.assert(
      fc.property(anyHost, (field) => {
        const host = normalizeHost(field);
        if (host === null || host === '') return;
        expect(host).toBe(host.toLowerCase());
        expect(normalizeHost(host.includes(':') ? `[${host}]` : host)).toBe(host);
        expect(host).toMatch(/^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]+)$/);
      }),
      { numRuns: 10_000 },
    );
  });
});

function decodeByte(triplet: string): string {
  return String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
}
