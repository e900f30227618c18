import { describe, expect, it } from 'vitest';
import {
  interpolate,
  type Lookup,
  type ReferenceSources,
} from '../../../../src/primary/source/interpolate.ts';

const missing = (what: string): Lookup => ({ fault: { code: 'MISSING_ENV', message: `no ${what}` } });

const sources: ReferenceSources = {
  env: (name) => (name === 'PORT' ? { value: '80' } : missing(name)),
  file: (path) => (path === '/k' ? { value: 'from ${env:PORT} file' } : missing(path)),
  secret: (name) => (name === 'broken' ? { reported: true } : { value: `s-${name}` }),
};

describe('interpolate', () => {
  it.each([
    ['plain', 'plain', 'none'],
    ['{uri} $x $', '{uri} $x $', 'none'],
    ['${env:PORT}', '80', 'whole'],
    [':${env:PORT}/${secret.a-b}', ':80/s-a-b', 'part'],
    ['$${env:PORT}', '${env:PORT}', 'none'],
    ['$$${env:PORT}', '$${env:PORT}', 'none'],
    ['$${x}${env:PORT}', '${x}80', 'part'],
  ])('%j becomes %j (%s)', (source, text, reference) => {
    expect(interpolate(source, sources)).toEqual({ text, reference, faults: [] });
  });

  it('does not look into what it put in', () => {
    expect(interpolate('${file:/k}', sources).text).toBe('from ${env:PORT} file');
  });

  it('reports every reference that fails and keeps the text', () => {
    const result = interpolate('${env:A} ${env:B}', sources);
    expect(result.reference).toBe('broken');
    expect(result.text).toBe('${env:A} ${env:B}');
    expect(result.faults.map(({ written, message }) => [written, message])).toEqual([
      ['${env:A}', 'no A'],
      ['${env:B}', 'no B'],
    ]);
  });

  it('stays silent about a secret whose own fault was reported', () => {
    expect(interpolate('${secret.broken}', sources)).toMatchObject({ reference: 'broken', faults: [] });
  });

  it.each([
    ['${PORT}', '${env:PORT}'],
    ['${secrets.key}', '${secret.key}'],
    ['${secret:key}', '${secret.key}'],
    ['${evn:PORT}', '${env:PORT}'],
    ['${whatever}', undefined],
    ['${env:1A}', undefined],
    ['${file:}', undefined],
    ['${env:PORT', undefined],
  ])('refuses %s (BAD_REFERENCE)', (source, suggestion) => {
    const [fault] = interpolate(source, sources).faults;
    expect(fault?.code).toBe('BAD_REFERENCE');
    expect(fault?.suggestion).toBe(suggestion);
    expect(fault?.message).toContain('${env:NAME}');
  });
});
