import { describe, expect, it } from 'vitest';
import {
  ANY_HOST_ROOT,
  checkRouteTable,
  HEADER,
  NODE,
  NODE_WORDS,
  Parent,
  SLOTS_AT,
} from '../../../../src/bridge/snapshot/route-table.ts';
import { buildRouteTable } from '../../../../src/primary/compile/build-route-table.ts';

/** Two hosts with a path each below a prefix, and one list of two routes. */
function sound() {
  const route = (hosts: string[], path: string, conditionCount = 0) =>
    ({ hosts, path, match: 'prefix', conditionCount }) as const;
  return buildRouteTable([
    route(['a.com'], '/'),
    route(['a.com'], '/x/y', 1),
    route(['a.com'], '/x/y'),
    route(['*.b.com'], '/z'),
    route([], '/x'),
  ]);
}

/** The first node that satisfies `wanted`, by offset. */
function findNode(words: Uint32Array, wanted: (at: number) => boolean): number {
  for (let at = SLOTS_AT; at < (words[HEADER.LISTS_AT] ?? 0); at += NODE_WORDS) {
    if (words[at + NODE.PARENT] !== Parent.NONE && wanted(at)) return at;
  }
  throw new Error('no such node');
}

const segmentNode = (words: Uint32Array) =>
  findNode(words, (at) => (words[at + NODE.PARENT] ?? 0) >= ANY_HOST_ROOT);
const hostNode = (words: Uint32Array) =>
  findNode(words, (at) => words[at + NODE.PARENT] === Parent.EXACT_HOSTS);

describe('checkRouteTable', () => {
  it('accepts what the builder makes', () => {
    expect(checkRouteTable(sound())).toBeNull();
  });

  it.each<[string, (words: Uint32Array) => [number, number], string]>([
    ['another magic number', () => [HEADER.MAGIC, 1], 'magic number'],
    ['another layout', () => [HEADER.VERSION, 2], 'layout 2'],
    ['a slot count that is no power of two', () => [HEADER.SLOT_MASK, 4], 'not a power of two'],
    ['more slots than words', () => [HEADER.SLOT_MASK, 0xffff_ffff], 'cannot hold'],
    ['lists elsewhere', (w) => [HEADER.LISTS_AT, (w[HEADER.LISTS_AT] ?? 0) + 1], 'cannot hold'],
    ['endless probes', () => [HEADER.PROBES, 0xffff_ffff], 'probes further'],
    ['too many routes', () => [HEADER.ROUTE_COUNT, 0xffff_ffff], 'more routes'],
    ['unknown kinds of hosts', () => [HEADER.HOST_KINDS, 4], 'kinds of hosts'],
    ['an unknown route in a list', (w) => [w.length - 1, 0x4000_0005], 'unknown route'],
    ['a list without an end', (w) => [w.length - 1, 0x8000_0001], 'ends within a list'],
    ['a list that goes on behind its last route', (w) => [w.length - 2, 1], 'goes on'],
    ['no root for any host', () => [ANY_HOST_ROOT + NODE.PARENT, 0], 'no root'],
    ['a broken root for any host', () => [ANY_HOST_ROOT + NODE.SHAPE, 2], 'not at depth 0'],
    ['a text outside of the pool', (w) => [segmentNode(w) + NODE.TEXT_AT, 0xffff_ffff], 'text outside'],
    ['an unknown direct route', (w) => [segmentNode(w) + NODE.EXACT, 0x8000_0005], 'exact routes'],
    ['a list before the lists', (w) => [segmentNode(w) + NODE.PREFIX, 5], 'prefix routes'],
    ['a list behind the end', (w) => [segmentNode(w) + NODE.PREFIX, w.length], 'prefix routes'],
    ['a host below the root', (w) => [hostNode(w) + NODE.SHAPE, 2], 'not at depth 0'],
    ['a parent that is no node', (w) => [segmentNode(w) + NODE.PARENT, SLOTS_AT + 1], 'no parent'],
    ['a parent outside', (w) => [segmentNode(w) + NODE.PARENT, w.length], 'no parent'],
    ['a node that is its own parent', (w) => [segmentNode(w) + NODE.PARENT, segmentNode(w)], 'no parent'],
    [
      'a node that falls back to itself',
      (w) => [segmentNode(w) + NODE.FALLBACK, segmentNode(w)],
      'falls back',
    ],
    ['a fallback outside', (w) => [segmentNode(w) + NODE.FALLBACK, 5], 'falls back'],
  ])('refuses %s', (_what, damage, message) => {
    const { words, text } = sound();
    const [at, value] = damage(words);
    words[at] = value;
    expect(checkRouteTable({ words, text })).toContain(message);
  });

  it('refuses a table that was cut off', () => {
    const { words, text } = sound();
    expect(checkRouteTable({ words: words.subarray(0, 10), text })).toContain('fewer than its header');
    expect(checkRouteTable({ words: words.subarray(0, 60), text })).toContain('cannot hold');
    expect(checkRouteTable({ words, text: text.subarray(0, 3) })).toContain('text outside');
    expect(checkRouteTable({ words: new Uint32Array(0), text })).toContain('0 words');
  });
});
