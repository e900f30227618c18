import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/kit/faults.ts';
import { NO_RETRIES, RETRY_CONDITIONS, retryOnOf } from '../../../../src/kit/retry-policy.ts';
import {
  isIdempotent,
  retriesFault,
  retriesStatus,
  retryAttempts,
} from '../../../../src/worker/policies/retry-decision.ts';
import { fakeRoute, fakeSnapshot } from '../../../support/fake-control.ts';

const ALL = NO_RETRIES.on;

describe('retry decision', () => {
  it('knows the idempotent methods (RFC 9110 9.2.2), as they are written', () => {
    const methods = [
      'GET',
      'HEAD',
      'OPTIONS',
      'TRACE',
      'PUT',
      'DELETE',
      'POST',
      'PATCH',
      'get',
      'PROPFIND',
      '',
    ];
    expect(methods.filter(isIdempotent)).toEqual(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
  });

  it("takes the route's number of attempts before the service's", () => {
    const service = { ...fakeSnapshot().service(0), retries: { ...NO_RETRIES, attempts: 2 } };
    expect(retryAttempts(fakeRoute(0), service)).toBe(2);
    expect(retryAttempts(fakeRoute(0, { retryAttempts: 0 }), service)).toBe(0);
    expect(retryAttempts(fakeRoute(0, { retryAttempts: 3 }), fakeSnapshot().service(0))).toBe(3);
  });

  it('repeats an idempotent request for the statuses that are named, and for no other', () => {
    const statuses = [100, 101, 200, 404, 429, 500, 501, 502, 503, 504, 505];
    expect(statuses.filter((status) => retriesStatus(ALL, status, 'GET'))).toEqual([502, 503, 504]);
    expect(statuses.filter((status) => retriesStatus(ALL, status, 'POST'))).toEqual([]);
    expect(statuses.filter((status) => retriesStatus(retryOnOf(['503']), status, 'PUT'))).toEqual([503]);
  });

  // Which condition a fault belongs to, and whether a POST is repeated too.
  const FAULTS: readonly (readonly [keyof typeof Fault, string, boolean])[] = [
    ['CONNECT_REFUSED', 'connect_failure', true],
    ['CONNECT_FAILED', 'connect_failure', true],
    ['CONNECT_TIMEOUT', 'connect_failure', true],
    ['DNS_FAILED', 'connect_failure', true],
    ['TLS_FAILED', 'connect_failure', true],
    ['CERTIFICATE_UNTRUSTED', 'connect_failure', true],
    ['NOT_HTTP2', 'connect_failure', true],
    ['ENDPOINT_FULL', 'connect_failure', true],
    ['STREAM_REFUSED', 'connect_failure', true],
    ['UPSTREAM_RESET', 'reset_before_response', false],
    ['UPSTREAM_CLOSED', 'reset_before_response', false],
    ['STREAM_RESET', 'reset_before_response', false],
    ['TLS_ALERT', 'reset_before_response', false],
    ['BAD_RESPONSE', '502', false],
    ['RESPONSE_TIMEOUT', '504', false],
  ];

  it.each(FAULTS)('%s is %s', (name, condition, anyMethod) => {
    const fault = Fault[name];
    const repeated = RETRY_CONDITIONS.filter((one) => retriesFault(retryOnOf([one]), fault, false, 'GET'));
    expect(repeated).toEqual([condition]);
    expect(retriesFault(ALL, fault, false, 'POST')).toBe(anyMethod);
  });

  it('no other fault is followed by an attempt', () => {
    const known = new Set(FAULTS.map(([name]) => name));
    const others = Object.keys(Fault).filter((name) => !known.has(name as keyof typeof Fault));
    expect(
      others.filter((name) => retriesFault(ALL, Fault[name as keyof typeof Fault], false, 'GET')),
    ).toEqual([]);
  });

  it('a byte of an answer, and be it an interim one, makes a reset final', () => {
    expect(retriesFault(ALL, Fault.UPSTREAM_RESET, true, 'GET')).toBe(false);
    expect(retriesFault(ALL, Fault.STREAM_RESET, true, 'GET')).toBe(false);
  });
});
