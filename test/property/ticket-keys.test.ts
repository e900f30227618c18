/** A reader of the ticket keys meets a writer at every possible point: what it gives out is whole, and the key of its time. */

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  type TicketKey,
  TicketKeys,
  TicketKeyWriter,
} from '../../src/bridge/memory/ticket-keys.ts';

/** The key of rotation `n` is made of this byte alone, so that one with another byte in it is torn. */
const keyOf = (rotation: number): Uint8Array => new Uint8Array(TICKET_KEY_BYTES).fill(rotation);
const nameOf = (rotation: number): Uint8Array => new Uint8Array(16).fill(rotation);

/** The rotation that a whole key is of; throws for a torn one. */
function rotationOf({ name, hmac, aes }: TicketKey): number {
  const bytes = new Set([...name, ...hmac, ...aes]);
  if (bytes.size !== 1) throw new Error(`a torn key: ${[...bytes].join(' ')}`);
  return name[0] as number;
}

const { load, store } = Atomics;

/** Calls `meanwhile` before the atomic operation of that number, counted from 0, and not within itself. */
function interleave(operation: 'load' | 'store', at: number, meanwhile: () => void): void {
  let count = 0;
  let inside = false;
  const step = (): void => {
    if (inside || count++ !== at) return;
    inside = true;
    meanwhile();
    inside = false;
  };
  if (operation === 'load') {
    vi.spyOn(Atomics, 'load').mockImplementation((cells, index) => {
      step();
      return load(cells as unknown as Int32Array, index) as never;
    });
  } else {
    vi.spyOn(Atomics, 'store').mockImplementation((cells, index, value) => {
      step();
      return store(cells as unknown as Int32Array, index, value as unknown as number) as never;
    });
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

function table(rotations: number): { writer: TicketKeyWriter; buffer: SharedArrayBuffer } {
  const buffer = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  const writer = new TicketKeyWriter(buffer);
  for (let n = 1; n <= rotations; n++) writer.rotate(keyOf(n));
  return { writer, buffer };
}

/** What a reader says of keys 1 … 9, checked to be whole. */
function look(reader: TicketKeys): { current: number; accepted: number[] } {
  const current = reader.current();
  const accepted: number[] = [];
  for (let n = 1; n <= 9; n++) {
    const key = reader.named(nameOf(n));
    if (key === null) continue;
    expect(rotationOf(key)).toBe(n);
    accepted.push(n);
  }
  return { current: current === null ? 0 : rotationOf(current), accepted };
}

const before = fc.integer({ min: 0, max: 4 });

describe('ticket keys while they are rotated', () => {
  it('are whole for a reader that looks between any two stores of the writer', () => {
    fc.assert(
      fc.property(before, fc.boolean(), fc.integer({ min: 0, max: 40 }), (rotations, looked, at) => {
        const { writer, buffer } = table(rotations);
        const reader = new TicketKeys(buffer);
        if (looked) look(reader);
        interleave('store', at, () => {
          const { current, accepted } = look(reader);
          // One that has looked before never is without a key; one that has not may have to wait.
          if (looked && rotations > 0) expect(current).toBe(rotations);
          else expect([0, rotations, rotations + 1]).toContain(current);
          for (const n of accepted) expect([rotations - 1, rotations]).toContain(n);
        });
        writer.rotate(keyOf(rotations + 1));
        vi.restoreAllMocks();
        expect(look(reader)).toEqual({
          current: rotations + 1,
          accepted: rotations === 0 ? [1] : [rotations, rotations + 1],
        });
      }),
      { numRuns: 400 },
    );
  });

  it('are whole for a reader that is interrupted by rotations at any load', () => {
    fc.assert(
      fc.property(
        before,
        fc.boolean(),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (rotations, looked, at, more) => {
          const { writer, buffer } = table(rotations);
          const reader = new TicketKeys(buffer);
          if (looked) look(reader);
          interleave('load', at, () => {
            for (let n = 1; n <= more; n++) writer.rotate(keyOf(rotations + n));
          });
          const { current } = look(reader);
          vi.restoreAllMocks();
          if (looked && rotations > 0) expect(current).toBeGreaterThanOrEqual(rotations);
          expect(current).toBeLessThanOrEqual(rotations + more);
          const last = look(reader).current;
          // The interruption may have come after the last load.
          expect([rotations, rotations + more]).toContain(last);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are whole for a reader that is interrupted by a rotation that is not yet done', () => {
    fc.assert(
      fc.property(
        before,
        fc.integer({ min: 0, max: 36 }),
        fc.integer({ min: 0, max: 20 }),
        (rotations, atLoad, atStore) => {
          const { writer, buffer } = table(rotations);
          const reader = new TicketKeys(buffer);
          const stopped = new Error('the writer stands still here');
          interleave('load', atLoad, () => {
            interleave('store', atStore, () => {
              throw stopped;
            });
            try {
              writer.rotate(keyOf(rotations + 1));
            } catch (error) {
              if (error !== stopped) throw error;
            }
          });
          look(reader);
          look(new TicketKeys(buffer));
          vi.restoreAllMocks();
        },
      ),
      { numRuns: 400 },
    );
  });
});
