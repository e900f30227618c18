/** Dynamic updates on the wire: what is written can be read, no answer is believed that is not signed, and nothing that arrives does harm. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUpdate, recordsIn } from '../../src/primary/certs/acme/challenge/dns-providers/dns-update.ts';
import {
  checkAnswer,
  signRequest,
  TSIG_HASHES,
  type TsigKey,
} from '../../src/primary/certs/acme/challenge/dns-providers/tsig.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const value = fc.string({ minLength: 1, maxLength: 600, unit: 'grapheme-ascii' });
const key: fc.Arbitrary<TsigKey> = fc.record({
  name,
  algorithm: fc.constantFrom(...Object.keys(TSIG_HASHES)),
  secret: fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
});
const update = fc.record({
  id: fc.nat(0xffff),
  zone: name,
  name,
  value,
  ttlS: fc.option(fc.nat(3_600)),
});
const attempt = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('dns-update', () => {
  it('says its records where they are, the content last', () => {
    fc.assert(
      fc.property(update, (wish) => {
        const message = encodeUpdate(wish);
        const [record, ...more] = recordsIn(message);
        expect(more).toEqual([]);
        expect(record?.end).toBe(message.length);
        const pieces: Buffer[] = [];
        for (let at = record?.content ?? 0; at < message.length; at += 1 + message.readUInt8(at))
          pieces.push(message.subarray(at + 1, at + 1 + message.readUInt8(at)));
        expect(Buffer.concat(pieces).toString()).toBe(wish.value);
      }),
    );
  });

  it('believes no answer that is not signed as one to this request', () => {
    fc.assert(
      fc.property(update, key, fc.nat(1e12), fc.nat(), (wish, own, epochMs, seed) => {
        const { message, mac } = signRequest(encodeUpdate(wish), own, epochMs);
        expect(recordsIn(message)).toHaveLength(2);
        // A server that only sends back what it got.
        expect(checkAnswer(message, own, mac)).toEqual({ fits: false, error: 0 });
        const broken = Buffer.from(message);
        const at = seed % broken.length;
        broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
        const outcome = attempt(() => checkAnswer(broken, own, mac));
        if (!(outcome instanceof RangeError)) expect(outcome).toMatchObject({ fits: false });
      }),
    );
  });

  it('fails with a RangeError at worst, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), key, (bytes, own) => {
        const outcome = attempt(() => checkAnswer(Buffer.from(bytes), own, randomBytes(32)));
        if (!(outcome instanceof RangeError)) expect(outcome).toMatchObject({ fits: false });
      }),
    );
  });
});
