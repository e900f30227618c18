import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { KNOWN_NAMES } from '../../../../../src/worker/listener/node/http2-field-names.ts';

describe('known-names', () => {
  it('are names of RFC 9113 8.2.1 alone', () => {
    expect(KNOWN_NAMES.size).toBeGreaterThan(80);
    for (const name of KNOWN_NAMES) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  it('have those among them that node:http2 has constants for', () => {
    const fields = Object.entries(constants)
      .filter(([key, value]) => key.startsWith('HTTP2_HEADER_') && !String(value).startsWith(':'))
      .map(([, value]) => String(value));
    expect(fields.length).toBeGreaterThan(60);
    // Another Node may have more.
    expect(fields.filter((name) => !KNOWN_NAMES.has(name)).length).toBeLessThan(5);
  });
});
