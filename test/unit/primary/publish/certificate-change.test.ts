import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import { certificateChange } from '../../../../src/primary/publish/certificate-change.ts';

/** `names`: server name to the id of its certificate. */
function served(names: Readonly<Record<string, string>>, fallback: string | null = 'default') {
  const ids = [...new Set([...Object.values(names), ...(fallback === null ? [] : [fallback])])];
  return {
    certificates: ids.map(
      (id): Certificate => ({
        id,
        hosts: [],
        chainPem: '',
        keyPem: '',
        notAfterMs: 0,
        source: 'manual',
        origin: { file: '', line: 0, column: 0 },
      }),
    ),
    serverNames: new Map(Object.entries(names).map(([name, id]) => [name, ids.indexOf(id)])),
    defaultCertificate: fallback === null ? null : ids.indexOf(fallback),
  };
}

describe('certificateChange', () => {
  it.each([
    ['nothing', { a: '1', b: '2' }, { a: '1', b: '2' }, false, []],
    ['the order of the certificates alone', { a: '1', b: '2' }, { b: '2', a: '1' }, false, []],
    ['a name came', { a: '1' }, { a: '1', b: '2', '*.c': '1' }, false, ['b', '*.c']],
    ['a name went', { a: '1', b: '2' }, { a: '1' }, true, []],
    ['a certificate was replaced', { a: '1', b: '2' }, { a: '1', b: '3' }, true, []],
    ['two names changed places', { a: '1', b: '2' }, { a: '2', b: '1' }, true, []],
    ['one was replaced and one came', { a: '1' }, { a: '2', b: '2' }, true, ['b']],
  ] as const)('%s', (_name, before, after, replaced, added) => {
    expect(certificateChange(served(before), 4, served(after))).toEqual({ since: 4, replaced, added });
  });

  it.each([
    ['was replaced', 'old', 'new', true],
    ['came', null, 'new', true],
    ['went', 'old', null, true],
    ['stayed', 'old', 'old', false],
  ])('the default certificate %s', (_name, before, after, replaced) => {
    expect(certificateChange(served({ a: '1' }, before), 1, served({ a: '1' }, after)).replaced).toBe(
      replaced,
    );
  });
});
