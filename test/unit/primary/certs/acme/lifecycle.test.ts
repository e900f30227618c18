import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actionOf,
  type Issuance,
  type IssuanceEvent,
  type LifecycleFacts,
  NEW_ISSUANCE,
  type Phase,
  step,
  type Validity,
} from '../../../../../src/primary/certs/acme/lifecycle.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
const FACTS: LifecycleFacts = { nowMs: NOW, stagingFirst: true, random: () => 0 };
const DIRECT: LifecycleFacts = { ...FACTS, stagingFirst: false };
const VALID: Validity = { notBeforeMs: NOW, notAfterMs: NOW + 90 * DAY, renewAtMs: NOW + 60 * DAY };
const ORDER = 'https://authority.example/order/1';

const begun: IssuanceEvent = { kind: 'begun' };
const ordered: IssuanceEvent = { kind: 'ordered', order: ORDER };
const obtained: IssuanceEvent = { kind: 'obtained', certificate: VALID };
const forced: IssuanceEvent = { kind: 'forced' };
const setBack: IssuanceEvent = { kind: 'set_back' };
const lost: IssuanceEvent = { kind: 'lost' };
const planned: IssuanceEvent = { kind: 'planned', renewAtMs: NOW + DAY };
const fails = (facts: Partial<Extract<IssuanceEvent, { kind: 'failed' }>> = {}): IssuanceEvent => ({
  kind: 'failed',
  refuted: false,
  orderOver: false,
  waitMs: 0,
  ...facts,
});
const refuted = fails({ refuted: true, orderOver: true });

const afterEvents = (events: readonly IssuanceEvent[], facts = FACTS, from = NEW_ISSUANCE): Issuance =>
  events.reduce(
    (state, event) => step(state, event, { ...facts, nowMs: Math.max(NOW, state.notBeforeMs) }),
    from,
  );
const issued = afterEvents([begun, obtained, begun, obtained]);

describe('the way to a first certificate', () => {
  it.each<[string, readonly IssuanceEvent[], Phase, string | null]>([
    ['nothing yet', [], 'none', null],
    ['begun', [begun], 'staging', null],
    ['ordered at staging', [begun, ordered], 'staging', ORDER],
    ['staging passed', [begun, ordered, obtained], 'staged', null],
    ['production begun', [begun, ordered, obtained, begun], 'production', null],
    ['ordered at production', [begun, obtained, begun, ordered], 'production', ORDER],
    ['issued', [begun, obtained, begun, ordered, obtained], 'issued', null],
    ['staging failed', [begun, ordered, fails()], 'staging', ORDER],
    ['staging failed, its order is over', [begun, ordered, fails({ orderOver: true })], 'staging', null],
    ['staging refuted', [begun, ordered, refuted], 'staging', null],
    ['production failed, its order stays', [begun, obtained, begun, ordered, fails()], 'production', ORDER],
    [
      'production refuted, its order stays',
      [begun, obtained, begun, ordered, fails({ refuted: true })],
      'production',
      ORDER,
    ],
    ['production has no room', [begun, obtained, begun, fails({ orderOver: true })], 'production', null],
    ['production refuted for good', [begun, obtained, begun, ordered, refuted], 'staging', null],
  ])('%s', (_, events, phase, order) => {
    expect(afterEvents(events)).toMatchObject({ phase, order });
  });

  it('goes by production alone without staging first', () => {
    expect(afterEvents([begun], DIRECT).phase).toBe('production');
    expect(afterEvents([begun, ordered, refuted], DIRECT)).toMatchObject({
      phase: 'production',
      order: null,
    });
    expect(afterEvents([begun, ordered, obtained], DIRECT)).toMatchObject({
      phase: 'issued',
      certificate: VALID,
    });
  });

  it('keeps no certificate of staging', () => {
    expect(afterEvents([begun, obtained]).certificate).toBeNull();
    expect(issued).toMatchObject({ phase: 'issued', certificate: VALID, failures: 0, notBeforeMs: 0 });
  });

  it('leaves a staging order behind when staging is taken out of the configuration', () => {
    const state = afterEvents([begun, ordered]);
    expect(actionOf(state, DIRECT)).toEqual({ kind: 'issue', environment: 'production', takeUp: null });
    expect(afterEvents([begun], DIRECT, state)).toMatchObject({ phase: 'production', order: null });
  });

  it('goes on in production when staging comes into the configuration', () => {
    const state = afterEvents([begun, ordered], DIRECT);
    expect(actionOf(state, FACTS)).toEqual({ kind: 'issue', environment: 'production', takeUp: ORDER });
  });
});

describe('what is to be done', () => {
  it.each<[string, readonly IssuanceEvent[], object]>([
    ['nothing yet', [], { kind: 'issue', environment: 'staging', takeUp: null }],
    ['an order at staging', [begun, ordered], { kind: 'issue', environment: 'staging', takeUp: ORDER }],
    ['staged', [begun, obtained], { kind: 'issue', environment: 'production', takeUp: null }],
    [
      'an order at production',
      [begun, obtained, begun, ordered],
      { kind: 'issue', environment: 'production', takeUp: ORDER },
    ],
    ['issued', [begun, obtained, begun, obtained], { kind: 'wait', untilMs: VALID.renewAtMs }],
  ])('%s', (_, events, action) => {
    expect(actionOf(afterEvents(events), FACTS)).toEqual(action);
  });

  it('waits longer after each failure in a row, an hour at most', () => {
    let state = afterEvents([begun]);
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      const nowMs = Math.max(NOW, state.notBeforeMs);
      state = step(state, fails(), { ...FACTS, nowMs });
      waits.push((state.notBeforeMs - nowMs) / MINUTE);
      expect(actionOf(state, { ...FACTS, nowMs })).toEqual({ kind: 'wait', untilMs: state.notBeforeMs });
      expect(actionOf(state, { ...FACTS, nowMs: state.notBeforeMs }).kind).toBe('issue');
    }
    expect(waits).toEqual([1, 2, 5, 10, 20, 30, 60, 60, 60]);
  });

  it('waits up to a tenth less, so that names do not stay together', () => {
    const random = (): number => 0.999;
    expect(step(afterEvents([begun]), fails(), { ...FACTS, random }).notBeforeMs - NOW).toBeCloseTo(
      0.9001 * MINUTE,
      0,
    );
  });

  it('waits as long as the authority says, if that is longer', () => {
    const waits = (waitMs: number): number => afterEvents([begun, fails({ waitMs })]).notBeforeMs - NOW;
    expect(waits(3 * 60 * MINUTE)).toBe(3 * 60 * MINUTE);
    expect(waits(1_000)).toBe(MINUTE);
  });

  it('is at once where somebody asks', () => {
    expect(actionOf(afterEvents([begun, fails(), forced]), FACTS).kind).toBe('issue');
    expect(actionOf(afterEvents([forced], FACTS, issued), FACTS)).toEqual({
      kind: 'issue',
      environment: 'production',
      takeUp: null,
    });
  });
});

describe('a clock that is set back', () => {
  it('ends a wait, and changes nothing else', () => {
    const waiting = afterEvents([begun, obtained, begun, ordered, fails()]);
    const past = { ...FACTS, nowMs: NOW - 365 * DAY };
    expect(actionOf(waiting, past).kind).toBe('wait');
    const state = step(waiting, setBack, past);
    expect(state).toEqual({ ...waiting, notBeforeMs: 0 });
    expect(actionOf(state, past)).toEqual({ kind: 'issue', environment: 'production', takeUp: ORDER });
    expect(step(issued, setBack, past)).toEqual(issued);
  });
});

describe('renewal', () => {
  const due = { ...FACTS, nowMs: VALID.renewAtMs };

  it('goes to production directly, while the old certificate serves', () => {
    expect(actionOf(issued, due)).toEqual({ kind: 'issue', environment: 'production', takeUp: null });
    const renewing = step(issued, begun, due);
    expect(renewing).toMatchObject({ phase: 'production', certificate: VALID });
    const next = { ...VALID, renewAtMs: VALID.renewAtMs + 60 * DAY };
    const renewed = step(renewing, { kind: 'obtained', certificate: next }, due);
    expect(renewed).toMatchObject({ phase: 'issued', certificate: next });
  });

  it('does not begin before it is due', () => {
    expect(step(issued, begun, FACTS)).toBe(issued);
  });

  it('never goes back to staging', () => {
    const refutedTwice = [begun, refuted, begun, refuted].reduce((state, event) => {
      return step(state, event, { ...due, nowMs: Math.max(due.nowMs, state.notBeforeMs) });
    }, issued);
    expect(refutedTwice).toMatchObject({ phase: 'production', certificate: VALID, failures: 2 });
  });

  it('of a certificate that is lost is due at once, in production', () => {
    const state = step(issued, lost, FACTS);
    expect(state).toMatchObject({ phase: 'production', certificate: null });
    expect(actionOf(state, FACTS).kind).toBe('issue');
    expect(step(NEW_ISSUANCE, lost, FACTS)).toBe(NEW_ISSUANCE);
  });

  it('comes at another time where it is planned anew, and nothing else changes', () => {
    const state = step(issued, planned, FACTS);
    expect(state).toEqual({ ...issued, certificate: { ...VALID, renewAtMs: NOW + DAY } });
    expect(actionOf(state, FACTS)).toEqual({ kind: 'wait', untilMs: NOW + DAY });
    expect(step(NEW_ISSUANCE, planned, FACTS)).toBe(NEW_ISSUANCE);
  });
});

describe('any history', () => {
  const event = fc.oneof(
    fc.constantFrom<IssuanceEvent>(begun, begun, ordered, obtained, forced, setBack, lost, planned),
    fc.record({
      kind: fc.constant('failed' as const),
      refuted: fc.boolean(),
      orderOver: fc.boolean(),
      waitMs: fc.constantFrom(0, DAY),
    }),
  );
  const happening = fc.record({ event, passMs: fc.constantFrom(0, 0, MINUTE, 60 * MINUTE, 70 * DAY) });

  it('keeps the rules', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.boolean(), (happenings, stagingFirst) => {
        let state: Issuance = NEW_ISSUANCE;
        let nowMs = NOW;
        for (const { event: happened, passMs } of happenings) {
          nowMs += passMs;
          const facts = { ...FACTS, stagingFirst, nowMs };
          const before = state;
          state = step(before, happened, facts);
          // A production order that is under way is left for nothing but its end.
          if (before.phase === 'production' && before.order !== null && state.phase !== 'production')
            expect(['obtained', 'failed']).toContain(happened.kind);
          if (state.phase === 'staging' && before.phase === 'production') expect(state.order).toBeNull();
          // A failure at staging never leads to production.
          if (before.phase === 'staging' && happened.kind === 'failed') expect(state.phase).toBe('staging');
          // Without staging first nothing is asked of staging.
          const action = actionOf(state, facts);
          if (!stagingFirst && action.kind === 'issue') expect(action.environment).toBe('production');
          if (state.phase === 'issued') expect(state.certificate).not.toBeNull();
          // A state is JSON, and means the same after a restart.
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          expect(actionOf(JSON.parse(JSON.stringify(state)), facts)).toEqual(action);
        }
      }),
      { numRuns: 500 },
    );
  });
});
