import { describe, expect, it } from 'vitest';
import { readQuickTree } from '../../../../src/primary/source/quick-tree.ts';

describe('quick-tree', () => {
  it('gives keys, values and their places', () => {
    const root = readQuickTree('a: 1\nb: [x, "y z"]\n');
    expect(root?.entries.get('a')).toEqual({
      keyAt: 0,
      node: { kind: 'scalar', value: 1, at: 3, end: 4, size: 1 },
    });
    expect(root?.entries.get('b')?.node).toMatchObject({
      kind: 'list',
      at: 8,
      items: [
        { value: 'x', at: 9, end: 10 },
        { value: 'y z', at: 12, end: 17 },
      ],
    });
    expect(root?.size).toBe(5);
  });

  it('knows numbers, truth values and nothing by the core schema, and nothing else', () => {
    const text =
      'v: [0, -7, 1.5, 123456789012345, true, False, NULL, ~, yes, off, 1_000, 2001-01-01, 12:30, "1", 1.2.3.4]';
    const node = readQuickTree(text)?.entries.get('v')?.node;
    const values =
      node?.kind === 'list' ? node.items.map((item) => item.kind === 'scalar' && item.value) : [];
    const words = ['yes', 'off', '1_000', '2001-01-01', '12:30', '1', '1.2.3.4'];
    expect(values).toEqual([0, -7, 1.5, 123456789012345, true, false, null, null, ...words]);
  });

  it.each([
    ['an empty text', ''],
    ['a comment alone', '# x\n'],
    ['a list', '- a\n'],
    ['a scalar', 'a\n'],
    ['an anchor', 'a: &x b\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !x b\n'],
    ['a merge key', '<<: { a: b }\n'],
    ['a key twice', 'a: b\na: c\n'],
    ['a key that is no text', '1: b\n'],
    ['a list as key', '[a]: b\n'],
    ['__proto__', '__proto__: b\n'],
    ['a directive', '%YAML 1.2\n---\na: b\n'],
    ['a beginning', '---\na: b\n'],
    ['an end', 'a: b\n...\n'],
    ['an end before anything', '...\na: b\n'],
    ['two documents', 'a: b\n---\nc: d\n'],
    ['a value left out', 'a:\nb: c\n'],
    ['an item left out', 'a:\n  -\n'],
    ['block text', 'a: |\n  b\n'],
    ['folded text', 'a: >\n  b\n'],
    ['plain text over lines', 'a: b\n  c\n'],
    ['quotes over lines', 'a: "b\n  c"\n'],
    ['an octal number', 'a: 0o17\n'],
    ['a hexadecimal number', 'a: 0x1f\n'],
    ['an exponent', 'a: 1e3\n'],
    ['a sign', 'a: +1\n'],
    ['a number with leading zeros', 'a: 007\n'],
    ['more digits than a double has', 'a: 1234567890123456\n'],
    ['infinity', 'a: .inf\n'],
    ['no number', 'a: .nan\n'],
    ['a tab', 'a:\tb\n'],
    ['a carriage return', 'a: b\r\n'],
    ['a line separator', 'a: "b\u2028c"\n'],
    ['a control character', 'a: b\x07\n'],
    ['a byte order mark within', 'a: b\ufeff\n'],
    ['a broken text', 'a: [b\n'],
    // js-yaml 5.5.0 reads it as { r: [{ a: b }], c: d }.
    ['a key behind a closed bracket', 'r:\n- { a: b } c: d\n'],
    ['nesting', `a: ${'['.repeat(20)}${']'.repeat(20)}\n`],
    ['nesting in blocks', Array.from({ length: 20 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['a line far to the right', `a:\n${' '.repeat(101)}b: c\n`],
    ['a first line far to the right', `${' '.repeat(101)}b: c\n`],
  ])('declines %s', (_, text) => {
    expect(readQuickTree(text)).toBeNull();
  });

  it.each([
    ['brackets', '['.repeat(1_000_000)],
    ['dashes', '- '.repeat(500_000)],
    ['anchors at every level', `${'- &a\n  - &b ['.repeat(20_000)}`],
    ['an open quote', `a: "${'x'.repeat(1_000_000)}`],
    ['blank lines', '\n'.repeat(1_000_000)],
    ['question marks', '? '.repeat(500_000)],
  ])('gives up soon on a million characters of %s', (_, text) => {
    const from = performance.now();
    expect(readQuickTree(text)).toBeNull();
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});
