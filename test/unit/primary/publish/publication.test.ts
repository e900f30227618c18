import { describe, expect, it } from 'vitest';
import { makePublication, messageFor } from '../../../../src/primary/publish/publication.ts';
import { GOLDEN_CONTENT } from '../../../support/golden-content.ts';

describe('makePublication', () => {
  it('puts a snapshot into memory that threads share, with its version and digest', () => {
    const publication = makePublication(GOLDEN_CONTENT, 7, 1_000);
    expect(publication.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(publication.version).toBe(7);
    expect(publication.snapshot).toMatchObject({ version: 7, digest: publication.digest, routeCount: 4 });
    expect(publication.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('puts it where the route table is read without a copy, wherever in the snapshot that lies', () => {
    const starts = new Set<number>();
    for (let length = 1; length <= 8; length++) {
      const content = {
        ...GOLDEN_CONTENT,
        accessLog: { target: 'x'.repeat(length), format: 'json' } as const,
      };
      const { bytes, snapshot } = makePublication(content, 1, 0);
      starts.add(bytes.byteOffset);
      expect(snapshot.routeTable.words.buffer).toBe(bytes.buffer);
      expect(snapshot.routeTable.words).toEqual(GOLDEN_CONTENT.routeTable.words);
    }
    expect([...starts].sort()).toEqual([0, 1, 2, 3]);
  });

  it('gives the same content the same digest under every version', () => {
    expect(makePublication(GOLDEN_CONTENT, 1, 0).digest).toBe(makePublication(GOLDEN_CONTENT, 2, 9).digest);
    const other = { ...GOLDEN_CONTENT, httpsPort: 1 };
    expect(makePublication(other, 1, 0).digest).not.toBe(makePublication(GOLDEN_CONTENT, 1, 0).digest);
  });

  it('says what it changes for the names of its predecessor', () => {
    const content = {
      ...GOLDEN_CONTENT,
      serverNames: new Map([...GOLDEN_CONTENT.serverNames, ['new.test', 0]]),
    };
    const before = { content: GOLDEN_CONTENT, publication: makePublication(GOLDEN_CONTENT, 3, 0) };
    expect(makePublication(content, 4, 0, before).certificates).toEqual({
      since: 3,
      replaced: false,
      added: ['new.test'],
    });
  });

  it('gives every worker the same bytes and columns of its own', () => {
    const publication = makePublication(GOLDEN_CONTENT, 1, 0);
    const counters = {
      routes: new SharedArrayBuffer(8),
      services: new SharedArrayBuffer(8),
      latency: new SharedArrayBuffer(8),
    };
    const endpoints = [new SharedArrayBuffer(8)];
    const memory = { counters, endpoints, limiter: new SharedArrayBuffer(8), retryBudgets: [] };
    expect(messageFor(publication, memory)).toEqual({
      type: 'snapshot',
      version: 1,
      digest: publication.digest,
      bytes: publication.bytes,
      memory,
      certificates: { since: 0, replaced: true, added: [] },
    });
    expect(messageFor(publication, memory).bytes).toBe(publication.bytes);
  });
});
