import { describe, expect, it } from 'vitest';
import {
  checkRouteTable,
  HEADER,
  NODE,
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

/** A node behind the root, by its parent: the offset of the first one. */
function findNode(words: Uint32Array, kind: 'host' | 'segment'): number {
  const mask = words[HEADER.OFFSET_MASK] ?? 0;
  const offsets = Array.from(words.subarray(SLOTS_AT, words[HEADER.NODES_AT]), (slot) => slot & mask);
  const found = offsets.find((at) => {
    const parent = words[at + NODE.PARENT] ?? 0;
    return at !== 0 && (kind === 'host' ? parent === Parent.EXACT_HOSTS : parent > Parent.ANY_HOST);
  });
  if (found === undefined) throw new Error(`no ${kind} node`);
  return found;
}

const rootNode = (words: Uint32Array) => words[HEADER.NODES_AT] ?? 0;
const segmentNode = (words: Uint32Array) => findNode(words, 'segment');
const hostNode = (words: Uint32Array) => findNode(words, 'host');
/** Where the one list of `sound` begins: two words. */
const listOf = (words: Uint32Array) => words.indexOf(0x8000_0001);

describe('checkRouteTable', () => {
  it('accepts what the builder makes', () => {
    expect(checkRouteTable(sound())).toBeNull();
  });

  it.each<[string, (words: Uint32Array) => [number, number], string]>([
    ['another magic number', () => [HEADER.MAGIC, 1], 'magic number'],
    ['another layout', () => [HEADER.VERSION, 2], 'layout 2'],
    ['a slot count that is no power of two', () => [HEADER.SLOT_MASK, 4], 'not a power of two'],
    ['more slots than words', () => [HEADER.SLOT_MASK, 0xffff_ffff], 'does not begin its nodes'],
    ['nodes elsewhere', (w) => [HEADER.NODES_AT, rootNode(w) + 1], 'does not begin its nodes'],
    ['endless probes', () => [HEADER.PROBES, 0xffff_ffff], 'probes further'],
    ['too many routes', () => [HEADER.ROUTE_COUNT, 0xffff_ffff], 'more routes'],
    ['an unknown route in a list', (w) => [listOf(w), 0x8000_0005], 'prefix routes'],
    ['a list that goes on behind its last route', (w) => [listOf(w), 1], 'prefix routes'],
    ['a list that runs into another node', (w) => [listOf(w) + 1, 0x8000_0001], 'node at word'],
    ['no root for any host', (w) => [rootNode(w) + NODE.PARENT, 1], 'not the one root'],
    ['a second root for any host', (w) => [hostNode(w) + NODE.PARENT, Parent.ANY_HOST], 'not the one root'],
    ['a text behind the end', (w) => [segmentNode(w) + NODE.SHAPE, 0xffff_ffff], 'ends behind'],
    ['a text that hides another node', (w) => [rootNode(w) + NODE.SHAPE, 9], 'node at word'],
    ['an unknown direct route', (w) => [segmentNode(w) + NODE.EXACT, 0x8000_0005], 'exact routes'],
    ['a list before its node', (w) => [segmentNode(w) + NODE.PREFIX, 5], 'prefix routes'],
    ['a list behind the end', (w) => [segmentNode(w) + NODE.EXACT, w.length], 'exact routes'],
    ['a parent that is no node', (w) => [segmentNode(w) + NODE.PARENT, rootNode(w) + 1], 'no parent'],
    ['a parent outside', (w) => [segmentNode(w) + NODE.PARENT, w.length], 'no parent'],
    ['no parent', (w) => [segmentNode(w) + NODE.PARENT, 0], 'no parent'],
    ['a node that is its own parent', (w) => [segmentNode(w) + NODE.PARENT, segmentNode(w)], 'no parent'],
    [
      'a node that falls back to itself',
      (w) => [segmentNode(w) + NODE.FALLBACK, segmentNode(w)],
      'falls back',
    ],
    ['a fallback outside', (w) => [segmentNode(w) + NODE.FALLBACK, 5], 'falls back'],
    ['a slot that holds no node', () => [SLOTS_AT, 1], `slot ${SLOTS_AT} holds no node`],
    ['offsets cut short', () => [HEADER.OFFSET_MASK, 1], 'holds no node'],
  ])('refuses %s', (_what, damage, message) => {
    const { words } = sound();
    const [at, value] = damage(words);
    words[at] = value;
    expect(checkRouteTable({ words })).toContain(message);
  });

  it('refuses a table that was cut off, wherever', () => {
    const { words } = sound();
    for (let length = 0; length < words.length; length += 1) {
      expect(checkRouteTable({ words: words.subarray(0, length) })).not.toBeNull();
    }
    expect(checkRouteTable({ words: words.subarray(0, 10) })).toContain('fewer than its header');
    expect(checkRouteTable({ words: words.subarray(0, rootNode(words)) })).toContain('no root');
    expect(checkRouteTable({ words: words.subarray(0, -1) })).toContain('ends behind');
  });
});
