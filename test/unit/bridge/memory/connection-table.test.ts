import { describe, expect, it } from 'vitest';
import {
  ConnectionTable,
  connectionTableBytes,
  initConnectionTable,
  REFUSED,
  UNCOUNTED,
} from '../../../../src/bridge/memory/connection-table.ts';

const SEED = 0x1234_5678_9abc;
const SLOTS = 65_536;

interface Fleet {
  readonly buffer: SharedArrayBuffer;
  readonly tables: readonly [ConnectionTable, ...ConnectionTable[]];
}

function fleetOf(workers: number, seed = SEED): Fleet {
  const buffer = new SharedArrayBuffer(connectionTableBytes(workers));
  initConnectionTable(buffer, seed);
  const [first, ...others] = Array.from(
    { length: workers },
    (_, id) => new ConnectionTable(buffer, id, workers),
  );
  return { buffer, tables: [first as ConnectionTable, ...others] };
}

/** How many connections the table counts under `key`, by entering and leaving. */
function countOf(table: ConnectionTable, key: string): number {
  for (let limit = 1; ; limit++) {
    const slot = table.enter(key, limit);
    if (slot === REFUSED) continue;
    table.leave(slot);
    return limit - 1;
  }
}

describe('ConnectionTable', () => {
  it('lets in as many as the limit says, over all workers together', () => {
    const { tables } = fleetOf(3);
    const slots = tables.map((table) => table.enter('listener http :80', 3));
    expect(slots.every((slot) => slot >= 0)).toBe(true);
    for (const table of tables) expect(table.enter('listener http :80', 3)).toBe(REFUSED);
    tables[0].leave(slots[0] as number);
    expect(tables[2]?.enter('listener http :80', 3)).toBeGreaterThanOrEqual(0);
    expect(tables[0].enter('listener http :80', 3)).toBe(REFUSED);
  });

  it('counts nothing that it refuses', () => {
    const [table] = fleetOf(1).tables;
    const slot = table.enter('a', 1);
    const again = Array.from({ length: 1000 }, () => table.enter('a', 1));
    expect(new Set(again)).toEqual(new Set([REFUSED]));
    table.leave(slot);
    expect(countOf(table, 'a')).toBe(0);
  });

  it('keeps keys apart', () => {
    const [table] = fleetOf(1).tables;
    const keys = Array.from({ length: 5000 }, (_, i) => `address 10.0.${i >> 8}.${i & 255}`);
    const slots = keys.map((key) => table.enter(key, 1));
    expect(new Set(slots).size).toBe(keys.length);
    expect(Math.min(...slots)).toBeGreaterThanOrEqual(0);
    for (const key of keys) expect(table.enter(key, 1)).toBe(REFUSED);
  });

  it('follows a limit that changes while connections are open', () => {
    const [table] = fleetOf(1).tables;
    for (let i = 0; i < 5; i++) table.enter('a', 5);
    expect(table.enter('a', 2)).toBe(REFUSED);
    expect(table.enter('a', 6)).toBeGreaterThanOrEqual(0);
  });

  it('counts a million connections of one key', () => {
    const { tables } = fleetOf(2);
    for (let i = 0; i < 1_000_000; i++) tables[i & 1]?.enter('a', 2_000_000);
    expect(tables[0].enter('a', 1_000_000)).toBe(REFUSED);
    expect(tables[0].enter('a', 1_000_001)).toBeGreaterThanOrEqual(0);
  });

  it('takes nothing back that was not given', () => {
    const { tables } = fleetOf(2);
    const slot = tables[0].enter('a', 2);
    tables[0].leave(REFUSED);
    tables[0].leave(UNCOUNTED);
    tables[1]?.leave(slot);
    expect(countOf(tables[0], 'a')).toBe(1);
    tables[0].leave(slot);
    tables[0].leave(slot);
    expect(countOf(tables[0], 'a')).toBe(0);
  });

  it('lets in uncounted what finds no room, and counts the others exactly as before', () => {
    const { tables } = fleetOf(2);
    const tableOf = (i: number): ConnectionTable => tables[i & 1] as ConnectionTable;
    const slots = Array.from({ length: 3 * SLOTS }, (_, i) => tableOf(i).enter(`address ${i}`, 1));
    const uncountedOf = (first: number): number =>
      slots.slice(0, first).filter((slot) => slot === UNCOUNTED).length;
    expect(uncountedOf(SLOTS / 4)).toBe(0);
    expect(uncountedOf(SLOTS / 2)).toBeLessThan(SLOTS / 500);
    // With three keys a slot every slot has found one, and each is given once.
    expect(uncountedOf(slots.length)).toBe(2 * SLOTS);
    expect(new Set(slots).size).toBe(SLOTS + 1);
    const again = slots.map((_, i) => tables[0].enter(`address ${i}`, 1));
    expect(again).toEqual(slots.map((slot) => (slot === UNCOUNTED ? UNCOUNTED : REFUSED)));
    for (const [i, slot] of slots.entries()) tableOf(i).leave(slot);
    const later = Array.from({ length: SLOTS / 4 }, (_, i) => tables[0].enter(`later ${i}`, 1));
    expect(later.filter((slot) => slot < 0)).toEqual([]);
  });

  it('gives slots that are free again to other keys: a million addresses, a thousand at a time', () => {
    const { tables } = fleetOf(2);
    const open = new Int32Array(1000).fill(UNCOUNTED);
    let least = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const place = i % open.length;
      const table = tables[place & 1] as ConnectionTable;
      table.leave(open[place] as number);
      open[place] = table.enter(`address ${i}`, 1);
      least = Math.min(least, open[place]);
    }
    expect(least).toBe(0);
    for (let i = 999_000; i < 1_000_000; i++) expect(tables[0].enter(`address ${i}`, 1)).toBe(REFUSED);
  });

  it('puts keys elsewhere under another seed, in either half of it', () => {
    const slotsUnder = (seed: number): number[] => {
      const [table] = fleetOf(1, seed).tables;
      return Array.from({ length: 100 }, (_, i) => table.enter(`address ${i}`, 1));
    };
    const [one, low, high] = [slotsUnder(SEED), slotsUnder(SEED + 1), slotsUnder(SEED + 2 ** 32)];
    expect(slotsUnder(SEED)).toEqual(one);
    const sameAs = (other: number[]): number => other.filter((slot, i) => slot === one[i]).length;
    expect(sameAs(low)).toBeLessThan(3);
    expect(sameAs(high)).toBeLessThan(3);
  });
});

describe('ConnectionTable.clearWorker', () => {
  it('takes off the share of one worker exactly, whatever it had', () => {
    const { buffer, tables } = fleetOf(3);
    const keys = Array.from({ length: 200 }, (_, i) => `address ${i}`);
    for (const [i, key] of keys.entries()) {
      for (const [id, table] of tables.entries()) {
        for (let n = 0; n < (i * (id + 3)) % 7; n++) table.enter(key, 100);
      }
    }
    ConnectionTable.clearWorker(buffer, 1, 3);
    for (const [i, key] of keys.entries())
      expect(countOf(tables[0], key)).toBe(((i * 3) % 7) + ((i * 5) % 7));
  });

  it('lets the next worker of that number begin at nothing', () => {
    const { buffer, tables } = fleetOf(2);
    const ofDead = tables[1]?.enter('a', 9) as number;
    ConnectionTable.clearWorker(buffer, 1, 2);
    const next = new ConnectionTable(buffer, 1, 2);
    const slot = next.enter('a', 1);
    expect(slot).toBe(ofDead);
    next.leave(slot);
    expect(countOf(tables[0], 'a')).toBe(0);
  });

  it('does nothing to a table that the worker had nothing in', () => {
    const { buffer, tables } = fleetOf(2);
    tables[0].enter('a', 9);
    ConnectionTable.clearWorker(buffer, 1, 2);
    expect(countOf(tables[0], 'a')).toBe(1);
  });
});
