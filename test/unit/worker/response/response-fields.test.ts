import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';
import type { HeaderOps } from '../../../../src/bridge/snapshot/model.ts';
import { type FieldLines, ResponseFields } from '../../../../src/worker/response/response-fields.ts';

/** `kind` 0 is forwarded. The bytes hold the lines one after the other, as they stand in a head. */
function linesOf(...fields: readonly (readonly [name: string, value: string, kind?: number])[]): FieldLines {
  let text = 'HTTP/1.1 200 OK\r\n';
  const index: number[] = [];
  for (const [name, value] of fields) {
    const at = text.length;
    text += `${name}:  ${value} \r\n`;
    index.push(at, at + name.length, at + name.length + 3, at + name.length + 3 + value.length);
  }
  return {
    bytes: Buffer.from(text, 'latin1'),
    fieldCount: fields.length,
    index: Int32Array.from(index),
    kinds: Uint8Array.from(fields.map(([, , kind = 0]) => kind)),
  };
}

const ops = (wish: Partial<HeaderOps>): HeaderOps => headerOps({ add: [], set: [], remove: [], ...wish });
const build = (lines: FieldLines, wish: HeaderOps | null): string =>
  Buffer.from(new ResponseFields().build(lines, wish)).toString('latin1');

describe('response-fields', () => {
  it('gives the lines in their order and one form, without those that end here', () => {
    const lines = linesOf(
      ['Server', 'x'],
      ['Connection', 'close', 1],
      ['set-cookie', 'a'],
      ['Set-Cookie', 'b'],
    );
    expect(build(lines, null)).toBe('Server: x\r\nset-cookie: a\r\nSet-Cookie: b');
  });

  it('is empty where nothing is left', () => {
    expect(build(linesOf(), null)).toBe('');
    expect(build(linesOf(['Date', 'x', 10]), null)).toBe('');
    expect(build(linesOf(['X', 'y']), ops({ remove: ['x'] }))).toBe('');
  });

  it('keeps every byte of a value, also none', () => {
    const value = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))
      .filter((c) => !/[\r\n\0]/.test(c))
      .join('');
    expect(build(linesOf(['X', value], ['Y', '']), null)).toBe(`X: ${value}\r\nY: `);
  });

  it('removes, sets and adds in any case', () => {
    const lines = linesOf(['X-A', '1'], ['x-a', '2'], ['X-B', '3'], ['X-AB', '4']);
    const wish = ops({
      remove: ['x-b'],
      set: [{ name: 'X-a', value: 's' }],
      add: [{ name: 'X-AB', value: 'é' }],
    });
    expect(build(lines, wish)).toBe('X-AB: 4\r\nX-a: s\r\nX-AB: \xc3\xa9');
  });

  it('a line that ends here is not brought back by its name', () => {
    expect(build(linesOf(['Date', 'x', 10]), ops({ set: [{ name: 'X', value: 'y' }] }))).toBe('X: y');
  });

  it('puts its own line last, which no rule of a route changes', () => {
    const lines = linesOf(['Set-Cookie', 'a=b'], ['X', 'y']);
    const own = (wish: HeaderOps | null): string =>
      Buffer.from(new ResponseFields().build(lines, wish, 'Set-Cookie: own=1')).toString();
    expect(own(null)).toBe('Set-Cookie: a=b\r\nX: y\r\nSet-Cookie: own=1');
    expect(own(ops({ remove: ['set-cookie', 'x'] }))).toBe('Set-Cookie: own=1');
  });

  it('grows for heads and rules beyond its first size, and is right afterwards', () => {
    const fields = new ResponseFields();
    const long = 'v'.repeat(60_000);
    const wish = ops({ set: [{ name: 'S', value: long }], add: [{ name: 'A', value: long }] });
    expect(Buffer.from(fields.build(linesOf(['X', long], ['Y', long]), wish)).toString()).toBe(
      `X: ${long}\r\nY: ${long}\r\nS: ${long}\r\nA: ${long}`,
    );
    expect(Buffer.from(fields.build(linesOf(['X', 'y']), null)).toString()).toBe('X: y');
  });

  it('has one Strict-Transport-Security: that of the route in place of the endpoint’s', () => {
    const lines = linesOf(['strict-transport-SECURITY', 'a'], ['X', 'y'], ['Strict-Transport-Security', 'b']);
    const withHsts = (wish: HeaderOps | null): string =>
      Buffer.from(new ResponseFields().build(lines, wish, '', 'max-age=1')).toString('latin1');
    expect(withHsts(null)).toBe('X: y\r\nStrict-Transport-Security: max-age=1');
    expect(withHsts(ops({ remove: ['x'] }))).toBe('Strict-Transport-Security: max-age=1');
    expect(build(linesOf(['Strict-Transport-Security', 'b']), null)).toBe('Strict-Transport-Security: b');
  });
});
