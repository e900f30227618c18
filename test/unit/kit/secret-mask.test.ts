import { describe, expect, it } from 'vitest';
import { createSecretMask, MASK, type SecretMask } from '../../../src/kit/secret-mask.ts';

function maskOf(...values: string[]): SecretMask {
  const mask = createSecretMask();
  mask.set(values);
  return mask;
}

describe('secret-mask', () => {
  it('leaves everything alone while it knows nothing', () => {
    const mask = maskOf('', '');
    expect(mask.text('abc')).toBe('abc');
    expect(mask.json('{"a": "abc"}')).toBe('{"a": "abc"}');
  });

  it('masks every occurrence in text, the longest value first', () => {
    expect(maskOf('abcd', 'abcdef').text('abcdef abcd')).toBe(`${MASK} ${MASK}`);
  });

  it('masks a short value only where it stands alone', () => {
    const mask = maskOf('on');
    expect(mask.text('on')).toBe(MASK);
    expect(mask.text('one')).toBe('one');
    expect(mask.json('{"conn":"on","a":"one"}')).toBe(`{"conn":"${MASK}","a":"one"}`);
  });

  it('finds values that JSON escapes, in keys and depths, and leaves valid JSON', () => {
    const mask = maskOf('a"b\\c\nd');
    const masked = mask.json(`${JSON.stringify({ 'a"b\\c\nd': [{ x: '<a"b\\c\nd>' }] })}\n`);
    expect(masked).toBe(`{"${MASK}":[{"x":"<${MASK}>"}]}\n`);
  });

  it('does not cut numbers in pieces, but masks one that is the secret', () => {
    const mask = maskOf('1700');
    expect(JSON.parse(mask.json('{"time":1700000000,"pin":1700}'))).toEqual({ time: 1700000000, pin: MASK });
  });

  it('survives secrets that look like the syntax of JSON', () => {
    const mask = maskOf('":"', '{', 'true', 'null');
    expect(JSON.parse(mask.json('{"a":"b","c":true,"d":"is true"}'))).toEqual({
      a: 'b',
      c: true,
      d: `is ${MASK}`,
    });
  });

  it('masks what is no JSON as text', () => {
    expect(maskOf('secret-value').json('not json: secret-value\n')).toBe(`not json: ${MASK}\n`);
  });

  it('forgets the values before', () => {
    const mask = maskOf('first-value');
    mask.set(['second-value']);
    expect(mask.text('first-value second-value')).toBe(`first-value ${MASK}`);
  });
});
