import { describe, expect, it } from 'vitest';
import { toByteString } from '../../../../src/kit/byte-string.ts';
import { queryParameterIs } from '../../../../src/worker/router/query-parameter.ts';

describe('query-parameter', () => {
  it.each([
    ['a=1', 'a', '1'],
    ['x=&a=1', 'a', '1'],
    ['&&a=1', 'a', '1'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['b&a', 'a', ''],
    ['=1', '', '1'],
    ['a=1=2', 'a', '1=2'],
    ['a=x+y', 'a', 'x y'],
    ['a=x%20y', 'a', 'x y'],
    ['a=x%2By', 'a', 'x+y'],
    ['a=%26%3D', 'a', '&='],
    ['%61=1', 'a', '1'],
    ['a+b=1', 'a b', '1'],
    ['a%3Db=1', 'a=b', '1'],
    ['a=%c3%bc', 'a', '\u00fc'],
    ['a=%E2%82%AC', 'a', '\u20ac'],
    ['a=%F0%9F%98%80', 'a', '\u{1f600}'],
    ['a=\u00fc', 'a', '\u00fc'],
    ['a=\u{1f600}', 'a', '\u{1f600}'],
    ['a=%', 'a', '%'],
    ['a=%4', 'a', '%4'],
    ['a=100%&b=1', 'b', '1'],
    ['a=100%&b=1', 'a', '100%'],
    ['a=%zz', 'a', '%zz'],
  ])('%s: %j is %j', (query, name, value) => {
    expect(queryParameterIs(toByteString(query), name, value)).toBe(true);
  });

  it.each([
    ['', 'a', ''],
    ['&', 'a', ''],
    ['a=2&a=1', 'a', '1'],
    ['a=1', 'A', '1'],
    ['a=1', 'a', '11'],
    ['a=11', 'a', '1'],
    ['aa=1', 'a', '1'],
    ['a=1', 'aa', '1'],
    ['a=1', 'a', ''],
    ['a', 'a', '1'],
    ['a=b', 'a=b', ''],
    ['a=b', 'a=b', 'b'],
    ['a=x+y', 'a', 'x+y'],
    ['a=%2B', 'a', ' '],
    ['a;b=1', 'b', '1'],
    ['a=%c3', 'a', '\u00fc'],
    ['a=%c3%b', 'a', '\u00fc'],
    ['a=%c3&bc', 'a', '\u00fc'],
    ['a=%c3%bd', 'a', '\u00fc'],
    ['a=%ED%A0%80', 'a', '\ufffd'],
    ['a=%', 'a', '%25'],
    ['a=1&b', 'a', '1&b'],
  ])('%s: %j is not %j', (query, name, value) => {
    expect(queryParameterIs(toByteString(query), name, value)).toBe(false);
  });
});
