/** The ledger of orders against the limits of an authority: whatever is asked in whatever order, the authority would never refuse it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetRequest } from '../../src/primary/certs/acme/budget/budget.ts';
import { Ledger } from '../../src/primary/certs/acme/budget/ledger.ts';
import { limitsOf, type PublishedLimit } from '../../src/primary/certs/acme/budget/limits.ts';
import { hasAtMs, take } from '../../src/primary/certs/acme/budget/token-bucket.ts';
import { memoryStore } from '../support/memory-store.ts';

const PRODUCTION = 'https://acme-v02.api.letsencrypt.org/directory';
const LIMITS = limitsOf(PRODUCTION);
const START = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;

/** In every window of t ms no more than capacity + t / refill: what a token bucket lets pass, counted without one. */
function worstWindow(timesMs: readonly number[], { capacity, refillMs }: PublishedLimit): number {
  let worst = 0;
  for (let from = 0; from < timesMs.length; from++)
    for (let to = from; to < timesMs.length; to++) {
      const room = capacity + ((timesMs[to] ?? 0) - (timesMs[from] ?? 0)) / refillMs;
      worst = Math.max(worst, (to - from + 1) / room);
    }
  return worst;
}

interface Step {
  readonly host: number;
  readonly what: 'ask' | 'issue' | 'refute' | 'give up' | 'restart';
  readonly renewal: boolean;
  readonly waitMs: number;
}

const steps = (hosts: number, waitMs: fc.Arbitrary<number>) =>
  fc.array(
    fc.record<Step>({
      host: fc.nat({ max: hosts - 1 }),
      what: fc.oneof(
        { weight: 8, arbitrary: fc.constant('ask' as const) },
        { weight: 6, arbitrary: fc.constant('issue' as const) },
        { weight: 2, arbitrary: fc.constantFrom('refute' as const, 'give up' as const) },
        { weight: 1, arbitrary: fc.constant('restart' as const) },
      ),
      renewal: fc.boolean(),
      waitMs,
    }),
    { minLength: 50, maxLength: 400 },
  );

/** By what the authority counts: when it was spent. */
async function run(sequence: readonly Step[], nameOf: (host: number) => string) {
  const clock = { now: START, epochMs: () => clock.now };
  const wish = { store: memoryStore(), clock, onDamage: () => expect.unreachable() };
  let ledger = new Ledger(wish);
  const open = new Map<number, BudgetRequest>();
  const orders: number[] = [];
  const issued: number[] = [];
  const sets = new Map<string, number[]>();
  const failures = new Map<string, number[]>();
  const note = (of: Map<string, number[]>, key: string) => of.set(key, [...(of.get(key) ?? []), clock.now]);
  for (const { host, what, renewal, waitMs } of sequence) {
    clock.now += waitMs;
    const name = nameOf(host);
    const request = open.get(host);
    if (what === 'restart') ledger = new Ledger(wish);
    if (what === 'ask' && request === undefined) {
      const wanted: BudgetRequest = {
        authority: PRODUCTION,
        account: 'https://acme-v02.api.letsencrypt.org/acme/acct/1',
        host: name,
        names: [name],
        // As the authority sees it: only what was issued can be renewed.
        isRenewal: renewal && sets.has(name),
        replaces: false,
      };
      const verdict = await ledger.mayOrder(wanted);
      if (verdict.ok) {
        await ledger.ordered(wanted);
        if (!wanted.isRenewal) orders.push(clock.now);
        open.set(host, wanted);
      } else expect(verdict.untilMs).toBeGreaterThan(clock.now);
    }
    if (request === undefined || what === 'ask' || what === 'restart') continue;
    open.delete(host);
    if (what === 'issue') {
      await ledger.issued(request);
      note(sets, name);
      if (!request.isRenewal) issued.push(clock.now);
    } else {
      await ledger.failed(request, { refuted: what === 'refute' ? [name] : [], orderOver: true });
      if (what === 'refute') note(failures, name);
    }
  }
  return { orders, issued, sets, failures };
}

function expectWithin(times: readonly number[], limit: PublishedLimit | null): void {
  if (limit === null) expect.unreachable();
  else expect(worstWindow(times, limit)).toBeLessThanOrEqual(1);
}

describe('the budget of an authority', () => {
  it('is never spent beyond a published limit in any window, whatever the sequence and the restarts', async () => {
    await fc.assert(
      fc.asyncProperty(steps(70, fc.nat({ max: 2 * HOUR })), async (sequence) => {
        const spent = await run(sequence, (host) => `h${host}.example.com`);
        expectWithin(spent.orders, LIMITS.orders);
        expectWithin(spent.issued, LIMITS.domain);
        for (const times of spent.sets.values()) expectWithin(times, LIMITS.set);
        for (const times of spent.failures.values()) expectWithin(times, LIMITS.failures);
      }),
      { numRuns: 40 },
    );
  });

  it('holds for few names that are asked for again and again', async () => {
    await fc.assert(
      fc.asyncProperty(steps(2, fc.nat({ max: HOUR })), async (sequence) => {
        const spent = await run(sequence, (host) => `h${host}.example.com`);
        for (const times of spent.sets.values()) expectWithin(times, LIMITS.set);
        for (const times of spent.failures.values()) expectWithin(times, LIMITS.failures);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves room for renewals whatever new names ask for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 600 }), fc.nat({ max: 30_000 }), async (asks, waitMs) => {
        const clock = { now: START, epochMs: () => clock.now };
        const ledger = new Ledger({ store: memoryStore(), clock, onDamage: () => expect.unreachable() });
        const request = (host: string, isRenewal: boolean): BudgetRequest => ({
          authority: PRODUCTION,
          account: 'a',
          host,
          names: [host],
          isRenewal,
          replaces: false,
        });
        let orders = 0;
        for (let i = 0; i < asks; i++) {
          clock.now += waitMs;
          const wanted = request(`h${i % 90}.example.com`, false);
          if (!(await ledger.mayOrder(wanted)).ok) continue;
          orders++;
          await ledger.ordered(wanted);
          await ledger.issued(wanted);
        }
        expect(orders).toBeLessThanOrEqual(45 + (asks * waitMs) / (LIMITS.domain?.refillMs ?? 0));
        // One that the authority does not take for a renewal, since it has forgotten: its own limits would still let it pass.
        expect((await ledger.mayOrder(request('old.example.com', true))).ok).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a token bucket', () => {
  const size = fc.record({
    capacity: fc.integer({ min: 1, max: 20 }),
    refillMs: fc.integer({ min: 1, max: 1_000 }),
  });

  it('lets pass what a count of tokens lets pass', () => {
    fc.assert(
      fc.property(size, fc.array(fc.nat({ max: 3_000 }), { maxLength: 60 }), (bucket, waits) => {
        let now = START;
        let full = 0;
        let tokens = bucket.capacity;
        for (const wait of waits) {
          now += wait;
          tokens = Math.min(bucket.capacity, tokens + wait / bucket.refillMs);
          const at = hasAtMs(full, bucket, now, 1);
          // A hair apart where the count has rounded.
          if (Math.abs(tokens - 1) > 1e-9) expect(at <= now).toBe(tokens >= 1);
          if (at > now) expect(at - now).toBeCloseTo((1 - tokens) * bucket.refillMs, 3);
          else {
            full = take(full, bucket, now);
            tokens -= 1;
          }
        }
      }),
    );
  });

  it('is never emptier than empty, also when the clock is set back', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: -1e9, max: 1e9 }), (bucket, shift) => {
        const now = START + shift;
        const full = take(START + 1e9, bucket, now);
        expect(hasAtMs(full, bucket, now, 1) - now).toBeLessThanOrEqual(bucket.refillMs);
      }),
    );
  });
});
