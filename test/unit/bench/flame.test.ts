/** From a CPU profile to a flame graph: whose a line is, what counts, and what is drawn. */

import { describe, expect, it } from 'vitest';
import { busiest, callTree, describeFrame, moduleName, roomShares } from '../../../bench/flame/call-tree.mjs';
import { flameGraph } from '../../../bench/flame/flame-svg.mjs';

const URL = 'file:///penstock/dist/worker/main.js';
/** The module of each line of the bundle. */
const MODULES = [
  null,
  'worker/exchange/exchange',
  'worker/exchange/exchange',
  'worker/exchange/exchange',
  'worker/exchange/exchange',
  'worker/router/match-route',
  'worker/router/match-route',
  'node_modules/protobufjs/src/reader',
  'node_modules/protobufjs/src/reader',
];
const moduleOf = ({ url, lineNumber }: { url: string; lineNumber: number }): string | null =>
  url === URL ? (MODULES[lineNumber] ?? null) : null;

/** A frame of the bundle by its line from 0. */
const own = (functionName: string, lineNumber: number) => ({ functionName, url: URL, lineNumber });
const native = (functionName: string) => ({ functionName, url: '', lineNumber: -1 });

/** worker → run → (match, write, write below another node), GC, idle. Samples stand for the time until the next. */
const PROFILE = {
  startTime: 1_000,
  nodes: [
    { id: 1, callFrame: native('(root)'), children: [2, 6, 7] },
    { id: 2, callFrame: own('run', 2), children: [3, 4, 5] },
    { id: 3, callFrame: own('match', 6) },
    { id: 4, callFrame: native('writeBuffer') },
    { id: 5, callFrame: native('writeBuffer') },
    { id: 6, callFrame: native('(garbage collector)') },
    { id: 7, callFrame: native('(idle)') },
  ],
  samples: [2, 3, 4, 5, 6, 7, 2],
  timeDeltas: [100, 10, 20, 30, 40, 50, 60],
};
const EVERYTHING = { from: 0, to: 10_000, moduleOf };

describe('module-name', () => {
  it.each([
    ['../../build/worker/exchange/exchange.js', 'worker/exchange/exchange'],
    ['../../node_modules/protobufjs/src/reader.js', 'node_modules/protobufjs/src/reader'],
    ['../../node_modules/long/build/long.mjs', 'node_modules/long/build/long'],
    ['rolldown/runtime', null],
    [undefined, null],
  ])('of %s is %s', (source, name) => {
    expect(moduleName(source)).toBe(name);
  });
});

describe('describe-frame', () => {
  it.each([
    [own('run', 2), { name: 'run', file: 'src/worker/exchange/exchange.ts', room: 'exchange' }],
    [own('', 6), { name: '(anonymous)', file: 'src/worker/router/match-route.ts', room: 'router' }],
    [own('decode', 8), { name: 'decode', file: 'node_modules/protobufjs/src/reader', room: 'shared' }],
    [own('top', 0), { name: 'top', file: 'main.js', room: 'shared' }],
    [
      { functionName: 'onread', url: 'node:net', lineNumber: 3 },
      { name: 'onread', file: 'node:net', room: 'node' },
    ],
    [native('writeBuffer'), { name: 'writeBuffer', file: '', room: 'native' }],
    [native('(garbage collector)'), { name: 'garbage collector', file: '', room: 'gc' }],
    [native('(program)'), { name: 'native code outside of JavaScript', file: '', room: 'native' }],
  ])('knows whose %o is', (callFrame, described) => {
    expect(describeFrame(callFrame, moduleOf)).toEqual(described);
  });
});

describe('call-tree', () => {
  it('sums up self and total times, and makes one frame of nodes that look the same', () => {
    const { root, idle } = callTree(PROFILE, EVERYTHING);
    expect(idle).toBe(60);
    expect(root.total).toBe(10 + 20 + 30 + 40 + 50);
    const [run, gc] = root.children;
    expect([run.name, run.self, run.total]).toEqual(['run', 10, 100]);
    expect(run.children.map((child: { name: string; total: number }) => [child.name, child.total])).toEqual([
      ['writeBuffer', 70],
      ['match', 20],
    ]);
    expect([gc.room, gc.total]).toEqual(['gc', 50]);
  });

  it('counts the samples within the window alone', () => {
    // At 1110 and 1130; the one at 1100 is too early, that at 1160 too late.
    const { root, idle } = callTree(PROFILE, { ...EVERYTHING, from: 1_110, to: 1_160 });
    expect([root.total, idle]).toEqual([20 + 30, 0]);
  });

  it('gives the shares of rooms and the busiest functions', () => {
    const { root } = callTree(PROFILE, EVERYTHING);
    const shares: Record<string, number> = roomShares(root);
    expect(shares.native).toBeCloseTo(70 / 150);
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    expect(busiest(root, 1)).toEqual([{ name: 'writeBuffer', file: '', share: expect.closeTo(70 / 150) }]);
  });
});

describe('flame-graph', () => {
  const frame = (name: string, total: number, children: unknown[] = []) => ({
    name,
    file: 'src/worker/exchange/exchange.ts',
    room: 'exchange',
    self: total,
    total,
    children,
  });

  it('draws each frame with its file and its parts of the time, and none that is too small', () => {
    const root = frame('worker', 10_000, [frame('a<b>', 5_000), frame('tiny', 1)]);
    const svg = flameGraph(root, { title: 'one & two', note: '' });
    expect(svg).toContain(
      '<title>a&lt;b&gt; (src/worker/exchange/exchange.ts): self 50.0 %, total 50.0 %</title>',
    );
    expect(svg).toContain('one &amp; two');
    expect(svg).not.toContain('tiny');
    expect(svg).not.toContain('<script');
    expect(svg.match(/<g>/g)).toHaveLength(2);
  });
});
