/** What `client-side.ts` promises of an answer that its reader takes slowly, on every engine: stop, drain, and nothing lost. */

import { expect } from 'vitest';
import { BodyFraming } from '../../src/worker/listener/client-side.ts';
import type { ClientSideBed, Told } from '../support/client-side-bed.ts';
import { clientSideContract } from '../support/client-side-contract.ts';
import { pattern } from '../support/client-side-peer.ts';

const MIB = 1024 * 1024;
const PIECE = 64 * 1024;
/** More than the kernel holds for a reader that does not read. */
const MOST = 96 * MIB;

/** Writes until the client side says stop and goes on saying it; returns the bytes written and how often it said so. */
async function fillUp(
  bed: ClientSideBed,
  told: Told,
  piece: Uint8Array,
): Promise<{ readonly written: number; readonly stops: number }> {
  const drains = told.count('drain');
  let written = 0;
  for (let stops = 1; ; stops++) {
    let goesOn = true;
    while (goesOn) {
      goesOn = told.client.writeBody(piece);
      // As the exchange does at the end of each read.
      told.client.flush();
      written += piece.length;
      if (written > MOST) throw new Error(`${written} bytes were taken of which nobody read any`);
    }
    await bed.settle();
    if (told.count('drain') - drains < stops) return { written, stops };
  }
}

clientSideContract((promise) => {
  promise('pieces that a slow reader has yet to take may be overwritten too', async ({ bed, target }) => {
    const memory = Buffer.alloc(PIECE);
    const count = (16 * MIB) / PIECE;
    for (const framing of [BodyFraming.STREAM, BodyFraming.LENGTH]) {
      const { call, told } = await bed.begin({ target: `${target}/${framing}` }, (one) => {
        one.client.attach(one);
        one.head(framing, framing === BodyFraming.STREAM ? -1 : count * PIECE);
      });
      call.stopReading();
      for (let at = 0; at < count; at++) {
        memory.fill(at & 0xff);
        told.client.writeBody(memory);
      }
      told.client.flush();
      memory.fill('!');
      await bed.settle();
      call.readOn();
      told.client.end('');
      const { body } = await call.whole();
      expect(body.length).toBe(count * PIECE);
      for (let at = 0; at < count; at++) {
        const piece = body.subarray(at * PIECE, (at + 1) * PIECE);
        if (!piece.equals(Buffer.alloc(PIECE, at & 0xff))) expect.fail(`piece ${at} of ${count} differs`);
      }
    }
  });

  promise(
    'writeBody says stop, and onClientDrain comes once for it when all is taken',
    async ({ bed, target }) => {
      for (const framing of [BodyFraming.STREAM, BodyFraming.LENGTH]) {
        const { call, told } = await bed.begin({ target: `${target}/${framing}` }, (one) => {
          one.client.attach(one);
          one.head(framing, framing === BodyFraming.STREAM ? -1 : 2 * MOST);
        });
        const piece = pattern(PIECE);
        let total = 0;
        let expected = 0;
        for (const another of [false, true]) {
          call.stopReading();
          const { written, stops } = await fillUp(bed, told, piece);
          total += written;
          expected += stops;
          expect(told.count('drain')).toBe(expected - 1);
          // One that was already in hand.
          if (another) expect(told.client.writeBody(piece)).toBe(false);
          if (another) total += PIECE;
          told.client.flush();
          call.readOn();
          await told.heard('drain', expected);
          await bed.settle();
          expect(told.events).toEqual(new Array(expected).fill('drain'));
        }
        if (framing === BodyFraming.LENGTH) {
          told.client.abort();
          continue;
        }
        told.client.end('');
        expect((await call.whole()).body.length).toBe(total);
      }
    },
  );

  promise('what was written before onClientDrain arrives without another write', async ({ bed, target }) => {
    const { call, told } = await bed.begin({ target }, (one) => {
      one.client.attach(one);
      one.head(BodyFraming.STREAM, -1);
    });
    call.stopReading();
    const { written, stops } = await fillUp(bed, told, pattern(PIECE));
    call.readOn();
    await told.heard('drain', stops);
    await call.until('all of it', ({ body }) => body.length === written);
  });

  promise(
    'end with something left: false, and onClientDrain once when it was taken',
    async ({ bed, target }) => {
      for (const framing of [BodyFraming.STREAM, BodyFraming.LENGTH]) {
        const total = 16 * MIB;
        const { call, told } = await bed.begin({ target: `${target}/${framing}` }, (one) => {
          one.client.attach(one);
          one.head(framing, framing === BodyFraming.STREAM ? -1 : total);
        });
        call.stopReading();
        let goesOn = true;
        const piece = pattern(PIECE);
        for (let at = 0; at < total; at += PIECE) goesOn = told.client.writeBody(piece);
        expect(goesOn).toBe(false);
        expect(told.client.end('')).toBe(false);
        await bed.settle();
        expect(told.events).toEqual([]);
        call.readOn();
        expect((await call.whole()).body.length).toBe(total);
        await told.heard('drain');
        await bed.settle();
        expect(told.events).toEqual(['drain']);
      }
    },
  );
});
