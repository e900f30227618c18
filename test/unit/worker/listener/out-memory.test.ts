import { describe, expect, it } from 'vitest';
import { OutMemory } from '../../../../src/worker/listener/node/out-memory.ts';

function put(write: (out: OutMemory) => void): string {
  const out = new OutMemory();
  out.text('> ');
  write(out);
  return out.block.toString('latin1', 0, out.end);
}

describe('OutMemory', () => {
  it.each([
    0,
    7,
    9,
    10,
    11,
    99,
    100,
    65_535,
    999_999_999,
    2_147_483_648,
    4_294_967_296,
    99_999_999_999,
    999_999_999_999_999,
    Number.MAX_SAFE_INTEGER,
  ])('writes %d in decimal digits', (value) => {
    expect(put((out) => out.decimal(value))).toBe(`> ${value}`);
  });

  it('writes what follows behind a run and a number', () => {
    const text = put((out) => {
      out.short(Buffer.from('a\xff', 'latin1'));
      out.decimal(10);
      out.bytes(Buffer.from('b'));
    });
    expect(text).toBe('> a\xff10b');
  });
});
