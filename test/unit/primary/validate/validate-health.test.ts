import { describe, expect, it } from 'vitest';
import type { ServiceDraft } from '../../../../src/primary/draft.ts';
import { briefly, validateText } from './validate-text.ts';

const inService = (text: string): string => `services: { a: { endpoints: [], ${text} } }`;

function serviceOf(text: string): ServiceDraft | undefined {
  const { draft, problems } = validateText(inService(text));
  expect(briefly(problems)).toEqual([]);
  return draft?.services[0];
}

describe('validate: health', () => {
  it('fills in the defaults of a check', () => {
    expect(serviceOf('health_check: {}')?.healthCheck).toEqual({
      tcp: false,
      path: '/',
      host: null,
      intervalMs: 2_000,
      timeoutMs: 1_000,
      healthyAfter: 2,
      unhealthyAfter: 2,
      expect: [{ first: 200, last: 399 }],
      initiallyUnhealthy: false,
    });
    expect(serviceOf('keepalive: {}')?.healthCheck).toBeNull();
    expect(serviceOf('health_check: { tcp: true, initially: unhealthy }')?.healthCheck).toMatchObject({
      tcp: true,
      initiallyUnhealthy: true,
    });
  });

  it.each([
    ['200', [[200, 200]]],
    ['"204"', [[204, 204]]],
    ['200-299', [[200, 299]]],
    [
      '"200-299, 401"',
      [
        [200, 299],
        [401, 401],
      ],
    ],
  ])('accepts expect: %s', (text, ranges) => {
    const expected = ranges.map(([first, last]) => ({ first, last }));
    expect(serviceOf(`health_check: { expect: ${text} }`)?.healthCheck?.expect).toEqual(expected);
  });

  it('has passive health on unless it is turned off', () => {
    const standard = { consecutiveFailures: 5, ejectMs: 10_000, maxEjectedPercent: 50 };
    expect(serviceOf('keepalive: {}')?.outlier).toEqual(standard);
    expect(serviceOf('outlier: {}')?.outlier).toEqual(standard);
    expect(serviceOf('outlier: { eject_for: 3s }')?.outlier).toEqual({ ...standard, ejectMs: 3_000 });
    expect(serviceOf('outlier: off')?.outlier).toBeNull();
    expect(serviceOf('outlier: false')?.outlier).toBeNull();
  });

  it.each([
    ['health_check: { path: healthz }', 'BAD_PATH services.a.health_check.path'],
    ['health_check: { path: "/a b" }', 'BAD_PATH services.a.health_check.path'],
    ['health_check: { path: "/a#b" }', 'BAD_PATH services.a.health_check.path'],
    ['health_check: { expect: 2xx }', 'BAD_VALUE services.a.health_check.expect'],
    ['health_check: { expect: 399-200 }', 'BAD_VALUE services.a.health_check.expect'],
    ['health_check: { host: "a/b" }', 'BAD_HOST services.a.health_check.host'],
    ['health_check: { interval: 1ms }', 'BAD_DURATION services.a.health_check.interval'],
    ['health_check: { initially: sick }', 'BAD_VALUE services.a.health_check.initially'],
    ['health_check: { tcp: true, path: / }', 'CONFLICT services.a.health_check.path'],
    ['health_check: { tcp: true, expect: 200 }', 'CONFLICT services.a.health_check.expect'],
    ['health_check: { pth: / }', 'UNKNOWN_KEY services.a.health_check.pth'],
    ['outlier: { max_ejected_percent: 101 }', 'BAD_VALUE services.a.outlier.max_ejected_percent'],
    ['outlier: { eject: 1s }', 'UNKNOWN_KEY services.a.outlier.eject'],
    ['outlier: on', 'BAD_VALUE services.a.outlier'],
  ])('rejects %s (%s)', (text, problem) => {
    expect(briefly(validateText(inService(text)).problems)).toEqual([problem]);
  });
});
