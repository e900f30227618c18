/** Code that runs once per request makes no promise, no closure and no copy without saying why. */

import { describe, expect, it } from 'vitest';
import { findInHotCode, temperatureOf } from '../support/banned-code.ts';
import { treeFiles } from '../support/source-tree.ts';

const HOT_FOLDERS = [
  'http1',
  'http2',
  'listener',
  'router',
  'policies',
  'balancer',
  'upstream',
  'response',
  'exchange',
].map((name) => `src/worker/${name}`);

describe('hot folders', () => {
  const files = treeFiles(HOT_FOLDERS, /\.ts$/);

  it('are looked at', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it('hold files that say in their first line whether they are hot', () => {
    const unmarked = files
      .filter(({ path, text }) => temperatureOf(path, text) === 'unmarked')
      .map(({ path }) => path);
    expect(unmarked, 'begin with `// hot: runs once per request`, or `// cold: when it runs`').toEqual([]);
  });

  it('hold hot code without promises, closures, spreads, try and object walks', () => {
    const findings = files
      .filter(({ path, text }) => temperatureOf(path, text) === 'hot')
      .flatMap(({ path, text }) =>
        findInHotCode(path, text).map(({ line, what }) => `${path}:${line} ${what}`),
      );
    expect(
      findings,
      'rewrite it, or say beside it why it is right: `// hot-ok: once per connection`',
    ).toEqual([]);
  });
});

describe('the scan of hot code', () => {
  const body = (code: string): string =>
    `// hot: runs once per request\nexport function f(a: any) {\n${code}\n}\n`;

  it.each([
    ['async', 'const g = 1; async function h() {}'],
    ['await', 'await a;'],
    ['try', 'try { a(); } catch {}'],
    ['a spread', 'return [...a];'],
    ['a spread', 'return { ...a };'],
    ['a spread', 'a(...a);'],
    ['a closure', 'a.on("end", () => a.done());'],
    ['a closure', 'a.on("end", function () {});'],
    ['a promise', 'return new Promise(a);'],
    ['a promise', 'return Promise.resolve(a);'],
    ['Object.entries', 'return Object.entries(a);'],
    ['Object.assign', 'return Object.assign(a, a);'],
  ])('finds %s in %s', (what, code) => {
    expect(findInHotCode('x.ts', body(code)).map((finding) => finding.what)).toContain(what);
  });

  it('names the line', () => {
    expect(findInHotCode('x.ts', body('\n\ntry { a(); } finally {}'))).toEqual([{ line: 5, what: 'try' }]);
  });

  it('leaves arrow functions at the top level, rest parameters and comments alone', () => {
    const text = '// async await try\nexport const f = (...rest: number[]): number => rest.length;\n';
    expect(findInHotCode('x.ts', text)).toEqual([]);
  });

  it('takes a reason beside the construct, and only one that says something', () => {
    expect(findInHotCode('x.ts', body('// hot-ok: once per connection\na.on("end", () => a());'))).toEqual(
      [],
    );
    expect(findInHotCode('x.ts', body('a.on("end", () => a()); // hot-ok: the abort handler'))).toEqual([]);
    expect(findInHotCode('x.ts', body('// hot-ok:\na.on("end", () => a());'))).toHaveLength(1);
  });

  it('takes a reason before a function for all of it, and for nothing after it', () => {
    const open =
      '/** Opens. */\n// hot-ok: once per connection\nfunction open(a: any) {\n  a.map(() => 1);\n}\n';
    expect(findInHotCode('x.ts', open)).toEqual([]);
    expect(findInHotCode('x.ts', `${open}function close(a: any) {\n  a.map(() => 1);\n}\n`)).toHaveLength(1);
  });

  it.each([
    ['hot', '// hot: runs once per request\nexport const a = 1;'],
    ['cold', '// cold: runs for `penstock explain` only\nexport const a = 1;'],
    [
      'types only',
      "/** x */\nimport type { B } from './b.ts';\nexport interface A { readonly b: B }\nexport type C = A;",
    ],
    ['unmarked', '/** x */\nexport const a = 1;'],
    ['unmarked', '// cold:\nexport const a = 1;'],
    ['unmarked', "import { b } from './b.ts';\nexport interface A { readonly b: typeof b }"],
  ])('calls a file %s', (temperature, text) => {
    expect(temperatureOf('x.ts', text)).toBe(temperature);
  });
});
