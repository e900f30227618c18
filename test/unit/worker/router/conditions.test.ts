import { describe, expect, it } from 'vitest';
import { createConditionSource } from '../../../../src/worker/router/condition-source.ts';
import {
  ConditionVerdict,
  checkConditions,
  countConditions,
} from '../../../../src/worker/router/conditions.ts';
import { matchRequest, routerSnapshot } from '../../../support/router-snapshot.ts';

const conditions = {
  methods: ['GET', 'POST'],
  headers: [{ name: 'x-env', value: 'canary' }],
  query: [{ name: 'beta', value: '1' }],
};
const canary = { headers: { 'x-env': 'canary' } };

describe('conditions', () => {
  it.each([
    ['all hold', matchRequest('h', '/?beta=1', canary), ConditionVerdict.HOLD],
    ['another method', matchRequest('h', '/?beta=1', { ...canary, method: 'PUT' }), ConditionVerdict.METHOD],
    [
      'methods are case-sensitive',
      matchRequest('h', '/?beta=1', { ...canary, method: 'get' }),
      ConditionVerdict.METHOD,
    ],
    ['no header', matchRequest('h', '/?beta=1'), ConditionVerdict.HEADER],
    [
      'another value',
      matchRequest('h', '/?beta=1', { headers: { 'x-env': 'Canary' } }),
      ConditionVerdict.HEADER,
    ],
    [
      'a second line',
      matchRequest('h', '/?beta=1', { headers: { 'x-env': 'canary, canary' } }),
      ConditionVerdict.HEADER,
    ],
    ['no query', matchRequest('h', '/', canary), ConditionVerdict.QUERY],
    ['another query', matchRequest('h', '/?beta=2', canary), ConditionVerdict.QUERY],
  ])('%s', (_name, request, expected) => {
    expect(checkConditions(conditions, request)).toBe(expected);
  });

  it('does not take a missing header for an empty one', () => {
    const empty = { methods: null, headers: [{ name: 'x', value: '' }], query: [] };
    expect(checkConditions(empty, matchRequest('h', '/'))).toBe(ConditionVerdict.HEADER);
    expect(checkConditions(empty, matchRequest('h', '/', { headers: { x: '' } }))).toBe(
      ConditionVerdict.HOLD,
    );
  });

  it('counts methods as one, each header and each parameter as one', () => {
    expect(countConditions(conditions)).toBe(3);
    expect(countConditions({ methods: null, headers: [], query: [] })).toBe(0);
  });
});

describe('condition-source', () => {
  it('decodes a route once and keeps equal conditions once', () => {
    const snapshot = routerSnapshot([
      { headers: { a: '1' } },
      { headers: { a: '1' }, path: '/b' },
      { headers: { a: '2' } },
      { query: { a: '1' } },
    ]);
    const asked: number[] = [];
    const source = createConditionSource({
      routeCount: snapshot.routeCount,
      route: (index) => {
        asked.push(index);
        return snapshot.route(index);
      },
    });
    const first = source.conditions(0);
    expect(source.conditions(1)).toBe(first);
    expect(source.conditions(0)).toBe(first);
    expect(source.conditions(2)).toEqual({ methods: null, headers: [{ name: 'a', value: '2' }], query: [] });
    expect(source.conditions(3)).toEqual({ methods: null, headers: [], query: [{ name: 'a', value: '1' }] });
    expect(asked).toEqual([0, 1, 2, 3]);
  });
});
