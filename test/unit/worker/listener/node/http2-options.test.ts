import { describe, expect, it } from 'vitest';
import { listBytes, MAX_FIELDS } from '../../../../../src/worker/listener/node/http2-options.ts';

const listSize = (headerBytes: number, urlBytes: number): number =>
  listBytes({ headerBytes, urlBytes, readMs: 1, keepAliveMs: 1 });

describe('http2-options', () => {
  it('leave room for a request that is answered 431 or 414', () => {
    // What the limits allow must fit as HTTP/2 counts it: 32 bytes a field beside name and value.
    expect(listSize(32_768, 16_384)).toBeGreaterThanOrEqual(32_768 + 16_384 + 32 * MAX_FIELDS + 1);
    expect(listSize(1, 1)).toBeGreaterThan(32 * MAX_FIELDS);
  });

  it('bound heads also where the configuration does not', () => {
    for (const size of [listSize(0, 0), listSize(0, 100), listSize(100, 0)]) {
      expect(size).toBeGreaterThanOrEqual(256 * 1024);
      expect(size).toBeLessThanOrEqual(1024 * 1024);
    }
  });
});
