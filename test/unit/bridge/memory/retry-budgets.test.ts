import { describe, expect, it } from 'vitest';
import {
  budgetSegmentBytes,
  budgetSegmentsFor,
  MIN_RETRIES,
  RetryBudgets,
} from '../../../../src/bridge/memory/retry-budgets.ts';

const budget = { windowMs: 10_000, budgetPercent: 20 };

function budgetsOf(segments = 1, workers = 2): { budgets: RetryBudgets[]; clock: { nowMs: number } } {
  const clock = { nowMs: 5_000_000_000 };
  const memory = Array.from({ length: segments }, () => new SharedArrayBuffer(budgetSegmentBytes(workers)));
  const budgets = Array.from({ length: workers }, (_, worker) => {
    const one = new RetryBudgets(worker, workers, { sharedMs: () => clock.nowMs });
    one.adopt(memory);
    return one;
  });
  return { budgets, clock };
}

/** How many retries are let go before one is not. */
function drain(budgets: RetryBudgets, row = 0, of = budget): number {
  for (let taken = 0; ; taken++) if (!budgets.take(row, of)) return taken;
}

describe('RetryBudgets', () => {
  it('lets the minimum go with few requests, a share of many, over all workers', () => {
    const { budgets } = budgetsOf();
    const [one, other] = budgets as [RetryBudgets, RetryBudgets];
    expect(drain(one)).toBe(MIN_RETRIES);
    expect(drain(other)).toBe(0);
    for (let i = 0; i < 100; i++) (i % 2 === 0 ? one : other).countRequest(0, budget);
    expect(drain(other)).toBe(20 - MIN_RETRIES);
    expect(drain(one)).toBe(0);
  });

  it('lets none go at 0 %, nor for a row that no segment has', () => {
    const { budgets } = budgetsOf();
    expect(drain(budgets[0] as RetryBudgets, 0, { ...budget, budgetPercent: 0 })).toBe(0);
    expect(drain(budgets[0] as RetryBudgets, 64)).toBe(0);
    expect([0, 1, 64, 65].map(budgetSegmentsFor)).toEqual([0, 1, 1, 2]);
  });

  it('tells what is left, and spends nothing by it', () => {
    const { budgets } = budgetsOf();
    const [one, other] = budgets as [RetryBudgets, RetryBudgets];
    for (let i = 0; i < 100; i++) (i % 2 === 0 ? one : other).countRequest(0, budget);
    for (let i = 0; i < 3; i++) other.take(0, budget);
    expect(one.view(0, budget)).toEqual({ requests: 100, retries: 3, left: 17 });
    expect(one.view(0, { ...budget, budgetPercent: 0 })).toMatchObject({ left: 0 });
    for (let i = 0; i < 30; i++) one.spend(0, budget);
    expect(other.view(0, budget)).toEqual({ requests: 100, retries: 33, left: 0 });
    expect(one.view(64, budget)).toEqual({ requests: 0, retries: 0, left: 0 });
  });

  it('counts what is spent without being asked for', () => {
    const { budgets } = budgetsOf();
    for (let i = 0; i < 4; i++) budgets[1]?.spend(0, budget);
    expect(drain(budgets[0] as RetryBudgets)).toBe(MIN_RETRIES - 4);
    for (let i = 0; i < 20; i++) budgets[1]?.spend(0, budget);
    expect(drain(budgets[0] as RetryBudgets)).toBe(0);
  });

  it('keeps services apart, and forgets after the window', () => {
    const { budgets, clock } = budgetsOf(2);
    const one = budgets[0] as RetryBudgets;
    for (const row of [0, 1, 63, 64, 127]) expect(drain(one, row)).toBe(MIN_RETRIES);
    clock.nowMs += 9_999;
    expect(drain(one)).toBe(0);
    clock.nowMs += 1_001;
    expect(drain(one)).toBe(MIN_RETRIES);
  });

  it('begins anew with another window', () => {
    const { budgets } = budgetsOf();
    const one = budgets[0] as RetryBudgets;
    drain(one);
    expect(drain(one, 0, { ...budget, windowMs: 60_000 })).toBe(MIN_RETRIES);
  });
});
