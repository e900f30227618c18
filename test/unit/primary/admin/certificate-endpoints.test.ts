import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import type { Control } from '../../../../src/primary/control.ts';
import { askAdmin as ask, bodyOf } from '../../../support/ask-admin.ts';
import { makeCertificate } from '../../../support/cert-maker.ts';
import { fakeControl } from '../../../support/fake-control.ts';

describe('/v1/certificates', () => {
  it('lists what each server name is served by, without a key', async () => {
    const made = await makeCertificate({ hosts: ['a.test', '*.b.test'] });
    const origin = { file: '/etc/p.yaml', line: 1, column: 1 };
    const served = (source: Certificate['source']): Certificate => ({
      id: source,
      hosts: [],
      chainPem: made.certPem,
      keyPem: made.keyPem,
      notAfterMs: 1_800_000_000_000,
      source,
      origin,
    });
    const certificates = {
      certificates: [served('manual'), served('acme'), served('default')],
      serverNames: new Map([
        ['c.test', 1],
        ['*.b.test', 0],
        ['a.test', 0],
      ]),
      defaultCertificate: 2,
    };
    const answer = await ask('/v1/certificates', {}, fakeControl({ certificates }));
    const { fingerprint256, validFrom, issuer } = new X509Certificate(made.leafPem);
    const body = bodyOf(answer) as { readonly snapshot: unknown; readonly certificates: unknown[] };
    expect(body.snapshot).toEqual({ version: 7, digest: 'a1'.repeat(32) });
    expect(body.certificates).toMatchObject([
      { host: '*.b.test', source: 'manual' },
      { host: 'a.test', source: 'manual' },
      { host: 'c.test', source: 'acme' },
      { host: '', source: 'default' },
    ]);
    expect(body.certificates[1]).toEqual({
      host: 'a.test',
      source: 'manual',
      names: ['DNS:a.test', 'DNS:*.b.test'],
      issuer,
      serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
      fingerprint: fingerprint256,
      notBeforeMs: Date.parse(validFrom),
      notAfterMs: 1_800_000_000_000,
    });
    expect(String(answer.body)).not.toContain('PRIVATE');
  });

  it('has certificates renewed, and says why not', async () => {
    const asked: string[] = [];
    const automatic: Control['automatic'] = {
      status: () => [],
      renew: (host, force) => {
        asked.push(`${host} ${force}`);
        if (host === 'none.test') return { kind: 'unknown' };
        return force ? { kind: 'started' } : { kind: 'not_due', dueMs: 1_800_000_000_000 };
      },
    };
    const renew = (host: string, query = '') => {
      const changes = { method: 'POST', query: new URLSearchParams(query) };
      return ask(`/v1/certificates/${host}/renew`, changes, fakeControl({ automatic }));
    };
    const started = await renew('%2A.A.test', 'force=true');
    expect([started.status, bodyOf(started)]).toEqual([202, { host: '*.a.test', renewal: 'started' }]);
    const notDue = await renew('a.test');
    expect(notDue.status).toBe(409);
    expect(bodyOf(notDue)).toMatchObject({ dueMs: 1_800_000_000_000 });
    expect(String(notDue.body)).toContain('2027-01-15T08:00:00.000Z');
    expect((await renew('none.test', 'force=false')).status).toBe(404);
    expect((await renew('a.test', 'force=yes')).status).toBe(400);
    expect(asked).toEqual(['*.a.test true', 'a.test false', 'none.test false']);
  });
});
