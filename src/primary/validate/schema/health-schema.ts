/** `health_check` and `outlier` of a service. Primary thread; pure. */

import { z } from 'zod';
import type { HealthCheckDraft, OutlierDraft } from '../../draft.ts';
import { duration, fail, report, whole, words } from './fields.ts';
import { hostField } from './network-fields.ts';

type StatusRange = HealthCheckDraft['expect'][number];

/** Checks that follow each other faster are a load; slower ones tell nothing in time. */
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 3_600_000;
const MAX_RESULTS = 100;
const MAX_EJECT_MS = 24 * 3_600_000;

/** RFC 3986 3.3 and 3.4 allow less; what an endpoint makes of the rest is its own affair. No fragment: none is ever sent. */
const TARGET = /^\/[!"$-~]*$/;
const STATUS_RANGE = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/;
const EXPECT_FORM = 'statuses such as 200, 200-399 or 200-299,401';
/** What asks for an answer, and has nothing to ask where a connection is enough. */
const HTTP_KEYS = ['path', 'expect', 'host'] as const;

const target = z
  .string()
  .transform((path, ctx) =>
    TARGET.test(path) ? path : fail(ctx, 'BAD_PATH', 'expected a path such as /healthz, without blanks'),
  )
  .describe('Path and query that the check asks for; / if left out.');

const statuses = z
  .union([z.string(), z.int()], { error: `expected ${EXPECT_FORM}` })
  .transform((written, ctx): readonly StatusRange[] => {
    const ranges = String(written).split(',').map(statusRange);
    const sound = ranges.filter((range) => range !== null);
    return sound.length === ranges.length ? sound : fail(ctx, 'BAD_VALUE', `expected ${EXPECT_FORM}`);
  })
  .describe('Statuses that pass; 200-399 if left out.');

function statusRange(text: string): StatusRange | null {
  const match = STATUS_RANGE.exec(text.trim());
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last ? { first, last } : null;
}

export const serviceHealthCheck: z.ZodType<HealthCheckDraft> = z
  .strictObject({
    tcp: z
      .boolean()
      .describe('A connection that stands is enough; with TLS to the endpoints, a handshake.')
      .prefault(false),
    path: target.optional(),
    interval: duration({
      description: 'From the beginning of one check to that of the next, less up to a fifth by chance.',
      minMs: MIN_INTERVAL_MS,
      maxMs: MAX_INTERVAL_MS,
    }).prefault('2s'),
    timeout: duration({
      description: 'Until the answer of a check.',
      minMs: 1,
      maxMs: MAX_INTERVAL_MS,
    }).prefault('1s'),
    healthy_after: whole(
      1,
      MAX_RESULTS,
      'Checks in a row that must pass before the endpoint serves again.',
    ).prefault(2),
    unhealthy_after: whole(
      1,
      MAX_RESULTS,
      'Checks in a row that must fail before it serves no more.',
    ).prefault(2),
    expect: statuses.optional(),
    host: hostField('The Host field of the check; the address of the endpoint if left out.').optional(),
    initially: words({
      description: 'Whether an endpoint takes requests before its first check has ended.',
      words: ['healthy', 'unhealthy'],
    }).prefault('healthy'),
  })
  .transform((written, ctx): HealthCheckDraft => {
    for (const key of HTTP_KEYS) {
      if (!written.tcp || written[key] === undefined) continue;
      const message = `a check with tcp: true asks for no answer; take ${key} out, or tcp`;
      report(ctx, 'CONFLICT', message, { path: [key], spot: 'key' });
    }
    return {
      tcp: written.tcp,
      path: written.path ?? '/',
      host: written.host ?? null,
      intervalMs: written.interval,
      timeoutMs: written.timeout,
      healthyAfter: written.healthy_after,
      unhealthyAfter: written.unhealthy_after,
      expect: written.expect ?? [{ first: 200, last: 399 }],
      initiallyUnhealthy: written.initially === 'unhealthy',
    };
  })
  .describe('Asks every endpoint again and again whether it is well. Left out: no checks.');

const settings = z
  .strictObject({
    consecutive_failures: whole(1, 1_000_000, 'Failures in a row, over all workers.').prefault(5),
    eject_for: duration({
      description: 'How long the first time; longer when it happens again.',
      minMs: MIN_INTERVAL_MS,
      maxMs: MAX_EJECT_MS,
    }).prefault('10s'),
    max_ejected_percent: whole(
      1,
      100,
      'Of the endpoints of the service, at a time. One may always be ejected, but never the last that can serve.',
    ).prefault(50),
  })
  .transform(
    (written): OutlierDraft => ({
      consecutiveFailures: written.consecutive_failures,
      ejectMs: written.eject_for,
      maxEjectedPercent: written.max_ejected_percent,
    }),
  );

export const serviceOutlier: z.ZodType<OutlierDraft | null> = z
  .union(
    [
      z.literal(false).transform(() => null),
      words({ description: 'Not at all.', words: ['off'] }).transform(() => null),
      settings,
    ],
    {
      error: 'expected off, or a map such as {consecutive_failures: 5}',
    },
  )
  .describe('Takes endpoints out for a while that fail again and again. On if left out.')
  .prefault({});
