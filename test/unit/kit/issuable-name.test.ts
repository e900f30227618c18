import { describe, expect, it } from 'vitest';
import { type Issuing, whyNotIssued } from '../../../src/kit/issuable-name.ts';

const PRIVATE: Issuing = { challenge: 'dns-01', isPublic: false };

describe('issuable-name', () => {
  it('is none that would be too long for the name of a file, and says so', () => {
    const host = (length: number) =>
      `${'a'.repeat(60)}.`
        .repeat(4)
        .slice(0, length - 3)
        .concat('.de');
    expect(whyNotIssued(host(200), PRIVATE)).toBeNull();
    expect(whyNotIssued(host(201), PRIVATE)).toMatch(/^it has 201 characters, and 200 are the most/);
  });
});
