/** Runs the cases of a contract suite over every engine and protocol, plain and TLS; differences are passed over, each with its reason in the title. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClientSideBed, VARIANTS } from './client-side-bed.ts';
import { differenceOf } from './client-side-differences.ts';

export interface Case {
  readonly bed: ClientSideBed;
  /** A target that no other case has. */
  readonly target: string;
}

/** One sentence of the interface, and how to see that it holds. */
export type DefinePromise = (sentence: string, holds: (one: Case) => Promise<void>) => void;

/** `define` is called once for each variant. */
export function clientSideContract(define: (promise: DefinePromise) => void): void {
  describe.each(VARIANTS)('$name', (variant) => {
    let bed: ClientSideBed;
    let cases = 0;
    beforeAll(async () => {
      bed = await ClientSideBed.open(variant);
    });
    afterEach(() => {
      expect(bed.thrown.splice(0), 'what a client side threw, or the door reported').toEqual([]);
      bed.cut();
    });
    afterAll(async () => {
      await bed.close();
    });
    define((sentence, holds) => {
      const target = `/case/${cases++}`;
      const reason = differenceOf(sentence, variant);
      if (reason !== null) {
        // A case that does not hold on this engine: passed over, with the reason where everyone reads it.
        it(`${sentence} (not here: ${reason})`, () => expect(reason.length).toBeGreaterThan(10));
        return;
      }
      it(sentence, () => holds({ bed, target }));
    });
  });
}
