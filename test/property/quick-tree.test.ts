/** The quick reader of YAML gives the tree of the careful one, or declines: over examples, damaged examples and texts of pieces. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lexer } from 'yaml';
import { readQuickTree } from '../../src/primary/source/quick-tree.ts';
import type { TreeNode } from '../../src/primary/source/tree.ts';
import { tokensAtMost } from '../../src/primary/source/yaml-bounds.ts';
import { readYamlTree } from '../../src/primary/source/yaml-tree.ts';
import { treeFiles } from '../support/source-tree.ts';

const EXAMPLES = treeFiles(['examples'], /\.yaml$/).map(({ text }) => text);
const STYLES = `services:
- { host: a.b, "path": /x, 'y': [1, -2.5, true, ~] } # flow in a block list
- name: "tab\\t \\u00e9 \\"quoted\\""
  methods: [GET,
    POST]
  k: {a: b,
   c: 'it''s'}
- - a b
  - b: http://x:80/#y
`;
/** What YAML is made of, and what makes it go wrong. */
const PIECES = [
  ...[
    'a',
    'c d',
    '1',
    '0x1f',
    '0o7',
    '1e3',
    '-.5',
    '.inf',
    '1_000',
    '2001-01-01',
    'yes',
    'null',
    '~',
    'é',
    '😀',
  ],
  ...[
    'b: ',
    'b:',
    '"k": ',
    '"k":v',
    '? ',
    ': ',
    '- ',
    '\n- ',
    '\n',
    '\n  ',
    '\n    ',
    '\n\n',
    ' ',
    '  ',
    '-',
    ':',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ', ',
    '{}',
    '[e]',
    '{ f: g }',
    '{h}',
    '[i: j]',
    '"x"',
    "'y'",
    "'it''s'",
    '"\\x41\\n"',
  ],
  ...['"', "'", '\\', '"\\', '#', ' # c', '|\n  x\n', '>-\n  x\n', '&m ', '*m', '!t ', '<<: ', '__proto__: '],
  ...[
    '%',
    '@',
    '`',
    '\n---\n',
    '\n...\n',
    '\n%YAML 1.1\n',
    '\t',
    '\r\n',
    '\u2028',
    '\u0085',
    '\ufeff',
    '${n}',
  ],
];

const piecesText = fc
  .tuple(
    fc.constantFrom('', 'a: ', 'a: b\n', 'a:\n', 'a:\n- ', 'a:\n  - { b: c }'),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }),
  )
  .map(([first, pieces]) => first + pieces.join(''));
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  taken: fc.nat(3),
  put: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES)),
});
const damagedText = fc
  .tuple(fc.constantFrom(STYLES, ...EXAMPLES), fc.array(damage, { maxLength: 3 }))
  .map(([text, damages]) =>
    damages.reduce((now, { at, taken, put }) => {
      const from = Math.floor(at * now.length);
      return now.slice(0, from) + put + now.slice(from + taken);
    }, text),
  );

/** All of a tree but where collections end, which no reader of a sound text asks. */
function plain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return { value: node.value, at: node.at, end: node.end };
  const { at, size } = node;
  if (node.kind === 'list') return { at, size, items: node.items.map(plain) };
  return {
    at,
    size,
    entries: [...node.entries].map(([key, entry]) => [key, entry.keyAt, plain(entry.node)]),
  };
}

/** Keys included. */
function scalarsOf(node: TreeNode): number {
  if (node.kind === 'scalar') return 1;
  const [below, own] =
    node.kind === 'list'
      ? [node.items, 0]
      : [[...node.entries.values()].map((entry) => entry.node), node.entries.size];
  return below.reduce((sum, child) => sum + scalarsOf(child), own);
}

/** Whether it was read. */
function expectSame(text: string): boolean {
  const quick = readQuickTree(text);
  if (quick === null) return false;
  const { root, faults } = readYamlTree(text);
  expect(faults).toEqual([]);
  expect(plain(quick)).toEqual(root && plain(root));
  expect([...new Lexer().lex(text)].length).toBeLessThanOrEqual(tokensAtMost(text, scalarsOf(quick)));
  return true;
}

describe('quick-tree ≡ yaml-tree', () => {
  it.each([STYLES, ...EXAMPLES])('reads what people write: example %#', (text) => {
    expect(expectSame(text)).toBe(true);
  });

  it('in damaged examples', () => {
    let read = 0;
    fc.assert(
      fc.property(damagedText, (text) => {
        if (expectSame(text)) read += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('in texts of pieces', () => {
    let read = 0;
    fc.assert(
      fc.property(piecesText, (text) => {
        if (expectSame(text)) read += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(read).toBeGreaterThan(20);
  });
});
