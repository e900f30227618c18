import { describe, expect, it } from 'vitest';
import { Pulse, Verdict } from '../../../../../src/worker/upstream/h2/pulse.ts';

const ANSWER_MS = 5_000;

/** Looks every second from `from` to `to` (seconds) with so many bytes heard; gives the seconds with another verdict than FINE. */
function watch(pulse: Pulse, from: number, to: number, bytes: number): string[] {
  const seen: string[] = [];
  for (let second = from; second <= to; second++) {
    const verdict = pulse.feel(second * 1000, ANSWER_MS, bytes);
    if (verdict !== Verdict.FINE) seen.push(`${verdict === Verdict.ASK ? 'ask' : 'dead'} ${second}`);
  }
  return seen;
}

/** One that has heard something at 0. */
function listening(): Pulse {
  const pulse = new Pulse();
  pulse.onRequest(0, true);
  pulse.feel(0, ANSWER_MS, 100);
  return pulse;
}

describe('pulse', () => {
  it('asks after ten seconds of silence, and gives up when nothing comes', () => {
    expect(watch(listening(), 1, 16, 100)).toEqual(['ask 10', 'dead 15', 'dead 16']);
  });

  it('asks nothing while something comes', () => {
    const pulse = listening();
    for (let second = 1; second < 100; second++) {
      expect(pulse.feel(second * 1000, ANSWER_MS, 100 + second)).toBe(Verdict.FINE);
    }
  });

  it('takes anything that comes for an answer', () => {
    const pulse = listening();
    expect(watch(pulse, 1, 12, 100)).toEqual(['ask 10']);
    expect(watch(pulse, 13, 22, 101)).toEqual([]);
    expect(watch(pulse, 23, 28, 101)).toEqual(['ask 23', 'dead 28']);
  });

  it('asks a silent one again after five minutes only', () => {
    const pulse = listening();
    expect(watch(pulse, 1, 11, 100)).toEqual(['ask 10']);
    pulse.onAnswer(117);
    expect(watch(pulse, 12, 309, 117)).toEqual([]);
    expect(watch(pulse, 310, 312, 117)).toEqual(['ask 310']);
  });

  it('asks once more, earlier, where a new request gets no answer', () => {
    const pulse = listening();
    expect(watch(pulse, 1, 11, 100)).toEqual(['ask 10']);
    pulse.onAnswer(117);
    pulse.onRequest(60_000, false);
    expect(watch(pulse, 60, 62, 117)).toEqual(['ask 60']);
    pulse.onAnswer(134);
    pulse.onRequest(90_000, false);
    expect(watch(pulse, 90, 359, 134)).toEqual([]);
  });

  it('counts silence from the request that ended idling', () => {
    const pulse = listening();
    pulse.onRequest(100_000, true);
    expect(watch(pulse, 100, 111, 100)).toEqual(['ask 110']);
  });
});
