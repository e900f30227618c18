import { describe, expect, it } from 'vitest';
import { KNOWN_NAMES } from '../../../../../src/worker/listener/node/http2-field-names.ts';

describe('known-names', () => {
  it('are names of RFC 9113 8.2.1 alone', () => {
    expect(KNOWN_NAMES.size).toBeGreaterThan(80);
    for (const name of KNOWN_NAMES) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});
