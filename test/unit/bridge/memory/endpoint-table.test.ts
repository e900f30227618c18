import { describe, expect, it } from 'vitest';
import { EndpointTable, NO_WORKER, segmentsFor } from '../../../../src/bridge/memory/endpoint-table.ts';
import { newSegment, tableOf } from '../../../support/balancing.ts';

const SEGMENT_SLOTS = 256;

describe('EndpointTable', () => {
  it('counts the requests of all workers at an endpoint, each where it belongs', () => {
    const segment = newSegment(3);
    const tables = [0, 1, 2].map((worker) => tableOf(segment, worker, 3));
    for (const [worker, table] of tables.entries()) {
      for (let slot = 0; slot < SEGMENT_SLOTS; slot++) {
        for (let n = 0; n < (slot * (worker + 1)) % 5; n++) table.enter(slot, 0);
      }
    }
    const primary = tableOf(segment, NO_WORKER, 3);
    for (let slot = 0; slot < SEGMENT_SLOTS; slot++) {
      const wanted = (slot % 5) + ((slot * 2) % 5) + ((slot * 3) % 5);
      expect(primary.requests(slot)).toBe(wanted);
    }
  });

  it('lets in as many as the limit says, over all workers together, and counts nothing that it refuses', () => {
    const segment = newSegment(2);
    const [one, two] = [tableOf(segment, 0, 2), tableOf(segment, 1, 2)];
    expect([one.enter(7, 3), two.enter(7, 3), one.enter(7, 3)]).toEqual([true, true, true]);
    for (let i = 0; i < 100; i++) expect([one.enter(7, 3), two.enter(7, 3)]).toEqual([false, false]);
    expect(one.requests(7)).toBe(3);
    one.leave(7);
    expect([two.enter(7, 3), one.enter(7, 3)]).toEqual([true, false]);
    // A reload may change the limit, or take it away.
    expect([one.enter(7, 2), one.enter(7, 4), one.enter(7, 4), one.enter(7, 0)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('takes nothing back that was not given', () => {
    const segment = newSegment(2);
    const [one, two] = [tableOf(segment, 0, 2), tableOf(segment, 1, 2)];
    one.enter(0, 0);
    two.leave(0);
    expect(one.requests(0)).toBe(1);
    one.leave(0);
    one.leave(0);
    expect(one.requests(0)).toBe(0);
  });

  it('grows by segments, and what was counted before stays where it is', () => {
    const segments = [newSegment(1)];
    const table = new EndpointTable(0, 1);
    table.adopt(segments);
    table.enter(255, 0);
    segments.push(newSegment(1), newSegment(1));
    table.adopt(segments);
    table.enter(256, 0);
    table.enter(700, 0);
    expect([0, 255, 256, 512, 700].map((slot) => table.requests(slot))).toEqual([0, 1, 1, 0, 1]);
    table.leave(255);
    expect(table.requests(255)).toBe(0);
    expect([0, 1, 256, 257, 1000].map(segmentsFor)).toEqual([0, 1, 1, 2, 4]);
  });

  it('lets in what has no segment, and counts it nowhere', () => {
    const table = tableOf(newSegment(1), 0, 1);
    expect([table.enter(256, 1), table.enter(256, 1), table.requests(256)]).toEqual([true, true, 0]);
    table.leave(256);
    table.resetState(256);
  });

  it('forgets a dead worker’s share exactly, whatever it had', () => {
    const segments = [newSegment(2), newSegment(2)];
    const [one, two] = [0, 1].map((worker) => new EndpointTable(worker, 2)) as [EndpointTable, EndpointTable];
    for (const table of [one, two]) {
      table.adopt(segments);
      for (const slot of [0, 100, 300, 511]) for (let n = 0; n < slot; n++) table.enter(slot, 0);
    }
    EndpointTable.clearWorker(segments, 1);
    expect([0, 100, 300, 511].map((slot) => one.requests(slot))).toEqual([0, 100, 300, 511]);
    two.leave(100);
    expect(one.requests(100)).toBe(100);
  });

  it('has another epoch after each change of a state, in whichever segment, for all who share it', () => {
    const segments = [newSegment(2), newSegment(2)];
    const [primary, worker] = [new EndpointTable(NO_WORKER, 2), new EndpointTable(0, 2)];
    const epochs = [worker.epoch()];
    primary.adopt(segments);
    worker.adopt(segments);
    const change = (act: () => void): void => {
      act();
      epochs.push(worker.epoch());
    };
    change(() => primary.setState(3, 1));
    change(() => primary.setState(300, 2));
    change(() => primary.setState(300, 2));
    change(() => worker.countFailure(0));
    change(() => worker.enter(0, 1));
    change(() => primary.setState(3, 0));
    expect(epochs).toEqual([0, 1, 2, 2, 2, 2, 3]);
    expect([worker.state(3), worker.state(300), worker.requests(0)]).toEqual([0, 2, 1]);
  });

  it('leaves counts alone when the state of a slot is put back', () => {
    const table = tableOf(newSegment(1), 0, 1);
    table.enter(3, 0);
    table.enter(4, 0);
    table.resetState(3);
    expect([table.requests(3), table.requests(4)]).toEqual([1, 1]);
  });
});
