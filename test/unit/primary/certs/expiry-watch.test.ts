import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import { expirySteps } from '../../../../src/primary/certs/expiry-steps.ts';
import { ExpiryWatch } from '../../../../src/primary/certs/expiry-watch.ts';
import type { PenstockEvent } from '../../../../src/primary/event.ts';
import type { Log } from '../../../../src/primary/log.ts';
import { makeCertificate } from '../../../support/cert-maker.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Valid for `lifetimeDays`, until `days` from now. */
async function certificateOf(
  id: string,
  days: number,
  lifetimeDays: number,
  source: Certificate['source'] = 'acme',
): Promise<Certificate> {
  const { certPem, leafPem } = await makeCertificate({ hosts: [id], days, startDays: days - lifetimeDays });
  const notAfterMs = Date.parse(new X509Certificate(leafPem).validTo);
  const origin = { file: '/etc/p.yaml', line: 7, column: 3 };
  return { id, hosts: [id], chainPem: certPem, keyPem: '', notAfterMs, source, origin };
}

describe('ExpiryWatch', () => {
  const startMs = Date.now();
  let nowMs = startMs;
  let lines: string[] = [];
  let events: PenstockEvent[] = [];
  let watch: ExpiryWatch;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    nowMs = startMs;
    lines = [];
    events = [];
    const log = { warn: (_fields: object, message: string) => lines.push(message) };
    watch = new ExpiryWatch({
      clock: { epochMs: () => nowMs },
      log: log as unknown as Log['logger'],
      events: { emit: (event) => events.push(event) },
    });
  });
  afterEach(() => {
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const serve = (...certificates: Certificate[]): void =>
    watch.settle({ certificates, serverNames: new Map(certificates.map(({ id }, index) => [id, index])) });
  /** Time passes, and the timer fires as often as it is due. */
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs = Math.min(endMs, nowMs + HOUR_MS);
      vi.advanceTimersByTime(HOUR_MS);
    }
  };

  it('warns 20, 7 and 1 days before the end, once each', async () => {
    serve(await certificateOf('a.test', 30, 90));
    expect(lines).toEqual([]);
    pass(9 * DAY_MS);
    expect(lines).toEqual([]);
    pass(DAY_MS + HOUR_MS);
    expect(lines).toEqual([
      expect.stringMatching(/^the automatic certificate for a\.test ends in 19 days, on 20/),
    ]);
    pass(12 * DAY_MS);
    expect(lines.length).toBe(1);
    pass(DAY_MS);
    expect(lines.length).toBe(2);
    pass(6 * DAY_MS);
    expect(lines[2]).toContain('ends in 23 hours');
    pass(DAY_MS);
    expect(lines.length).toBe(3);
    expect(events.map(({ type, subject }) => `${type} ${subject}`)).toEqual(
      Array(3).fill('CertExpiring a.test'),
    );
    expect(events[0]?.data).toMatchObject({ names: ['a.test'], source: 'acme' });
  });

  it('warns at the start of the step that is reached, and again only at the next', async () => {
    const certificate = await certificateOf('a.test', 5, 365, 'manual');
    serve(certificate);
    serve(certificate);
    expect(lines).toEqual([
      expect.stringMatching(/^the certificate on line 7 of \/etc\/p\.yaml for a\.test ends in [45] days/),
    ]);
    pass(4 * DAY_MS + HOUR_MS);
    expect(lines.length).toBe(2);
  });

  it('warns of one that is replaced no more, and of its successor anew', async () => {
    serve(await certificateOf('a.test', 25, 90));
    pass(4 * DAY_MS);
    serve(await certificateOf('b.test', 90, 90));
    pass(5 * DAY_MS);
    expect(lines).toEqual([]);
    pass(64 * DAY_MS);
    expect(lines.length).toBe(1);
    expect(events[0]?.subject).toBe('b.test');
  });

  it('says nothing of certificates that penstock makes itself, or that serve no name', async () => {
    const certificates = [
      await certificateOf('a.test', 3, 90, 'self_signed'),
      await certificateOf('b.test', 3, 90),
    ];
    watch.settle({ certificates, serverNames: new Map([['a.test', 0]]) });
    pass(4 * DAY_MS);
    expect(lines).toEqual([]);
  });

  it('says of an automatic one that is over that it is served; loading has said so of an own one', async () => {
    serve(await certificateOf('a.test', -1, 90), await certificateOf('b.test', -1, 90, 'manual'));
    expect(lines).toEqual([expect.stringMatching(/^the automatic certificate for a\.test is over since/)]);
  });

  it('reads a crowd of them in turns', async () => {
    const one = await certificateOf('a.test', 3, 90);
    serve(...Array.from({ length: 450 }, (_, index) => ({ ...one, id: `a${index}.test` })));
    expect(lines.length).toBe(200);
    vi.advanceTimersByTime(100);
    expect(lines.length).toBe(450);
  });

  it.each([
    [90, [20, 7, 1]],
    [398, [20, 7, 1]],
    [30, [20, 7, 1]],
    [6, [32 / 24, 11.2 / 24, 1.6 / 24]],
  ])('of a lifetime of %d days, %j days before', (lifetimeDays, days) => {
    const steps = expirySteps(lifetimeDays * DAY_MS);
    expect(steps.map((ms) => Math.round(ms / 1000))).toEqual(days.map((day) => Math.round(day * 86_400)));
  });
});
