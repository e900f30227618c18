/**
 * Certificates from a real authority: Pebble, its faults (nonces that it rejects, authorizations that it remembers) left as they are, and a manager over
 * files. What came is looked at with openssl.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { Authority } from '../../src/primary/certs/acme/authority.ts';
import type { ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';
import { causeOf } from '../../src/primary/certs/acme/diagnosis/causes.ts';
import { clockCause } from '../../src/primary/certs/acme/diagnosis/classify.ts';
import type { Diagnosis } from '../../src/primary/certs/acme/diagnosis/diagnosis.ts';
import { type AcmeBed, draftFor, newFolder, openBed, wanted } from '../support/acme-bed.ts';
import {
  type AuthorityFront,
  NEW_ACCOUNT,
  NEW_ORDER,
  startAuthorityFront,
} from '../support/authority-front.ts';
import { deactivateAccount } from '../support/deactivate-account.ts';
import { type HttpSolver, startHttpSolver } from '../support/http-solver.ts';
import { OPEN_HOOKS } from '../support/open-hooks.ts';
import { type Pebble, startChallengeServer, startPebble } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR = 3_600_000;

requireProgram(
  'pebble',
  'pebble-challtestsrv',
  'openssl',
)('certificates from an authority', () => {
  let solver: HttpSolver;
  let dnsPort = 0;
  let pebble: Pebble;
  let production: AuthorityFront;
  let staging: AuthorityFront;
  let beds: AcmeBed[] = [];

  beforeAll(async () => {
    solver = await startHttpSolver();
    ({ dnsPort } = await startChallengeServer());
    const options = { httpPort: solver.port, dnsPort };
    const [first, second] = await Promise.all([startPebble(options), startPebble(options)]);
    pebble = first;
    production = await startAuthorityFront(first);
    staging = await startAuthorityFront(second);
  });

  beforeEach(async () => {
    for (const { manager } of beds) await manager.close();
    beds = [];
    for (const front of [production, staging]) {
      front.requests.length = 0;
      front.made.length = 0;
      front.instead = () => null;
      front.isDown = false;
      front.date = null;
    }
    solver.wrong.clear();
  });

  afterAll(async () => {
    for (const { manager } of beds) await manager.close();
    await production.close();
    await staging.close();
    await solver.close();
  });

  const bedOf = async (more: Partial<Parameters<typeof openBed>[0]> = {}): Promise<AcmeBed> => {
    const bed = await openBed({ solver, ...more });
    beds.push(bed);
    return bed;
  };
  const direct = (more = {}) => draftFor(production.directoryUrl, production.caPem, more);
  /** Both fronts have roots of their own: a private authority may have several. */
  const staged = () =>
    draftFor(production.directoryUrl, production.caPem + staging.caPem, {
      stagingFirst: true,
      stagingDirectory: staging.directoryUrl,
    });

  const lookedAt = async (bed: AcmeBed, host: string): Promise<string> => {
    const { chainPem = '', keyPem = '' } = bed.manager.certificates.get(host) ?? {};
    const folder = await newFolder();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const chain = file('chain.pem', chainPem);
    const root = file('root.pem', await pebble.rootPem());
    const openssl = (...args: readonly string[]): string =>
      execFileSync('openssl', args, { encoding: 'utf8' });
    openssl('verify', '-CAfile', root, '-untrusted', chain, '-verify_hostname', host, chain);
    const key = openssl('pkey', '-in', file('key.pem', keyPem), '-pubout');
    expect(openssl('x509', '-in', chain, '-noout', '-pubkey')).toBe(key);
    return openssl('x509', '-in', chain, '-noout', '-text');
  };

  it('the first one comes by http-01, and leaves nothing behind that it should not', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('first.example.com'), direct());
    const status = await bed.issued('first.example.com');
    const text = await lookedAt(bed, 'first.example.com');
    expect(text).toContain('DNS:first.example.com');
    expect(text).toContain('ASN1 OID: prime256v1');
    expect(status).toMatchObject({
      failures: 0,
      certificate: { issuer: expect.stringMatching(/^CN=Pebble/) },
    });
    expect(status.attempts).toMatchObject([{ environment: 'production', cause: null }]);
    expect(bed.events).toMatchObject([{ type: 'CertificateIssued', subject: 'first.example.com' }]);
    expect(bed.changes).toBe(1);
    expect(solver.open.size).toBe(0);

    const files = readdirSync(bed.folder, { recursive: true, withFileTypes: true });
    for (const entry of files) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
    expect(await bed.store.list('orders/')).toEqual([]);
    expect(bed.lines.join('') + JSON.stringify([bed.manager.status(), bed.events])).not.toContain('PRIVATE');
    expect(readFileSync(join(bed.folder, 'issuance/first.example.com'), 'utf8')).not.toContain('PRIVATE');
  });

  it('with the kind of key that is wished for', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('p384.example.com'), direct({ keyType: 'ecdsa384' }));
    await bed.issued('p384.example.com');
    bed.manager.want(wanted('p384.example.com', 'rsa.example.com'), direct({ keyType: 'rsa2048' }));
    await bed.issued('rsa.example.com');
    expect(await lookedAt(bed, 'p384.example.com')).toContain('ASN1 OID: secp384r1');
    expect(await lookedAt(bed, 'rsa.example.com')).toContain('Public-Key: (2048 bit)');
  });

  it('twenty at once, by one account, one order each', async () => {
    const bed = await bedOf();
    const hosts = Array.from({ length: 20 }, (_, n) => `n${n}.example.com`);
    bed.manager.want(wanted(...hosts), direct());
    await Promise.all(hosts.map((host) => bed.issued(host)));
    expect(bed.changes).toBe(20);
    expect(production.made.toSorted()).toEqual(hosts.toSorted());
    expect(await bed.store.list('accounts/')).toHaveLength(1);
    expect(solver.open.size).toBe(0);
    await lookedAt(bed, 'n19.example.com');
  });

  it('staging first, and production at once when that went well', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('staged.example.com'), staged());
    const { attempts } = await bed.issued('staged.example.com');
    expect(attempts.map(({ environment, cause }) => [environment, cause])).toEqual([
      ['staging', null],
      ['production', null],
    ]);
    expect([staging.made, production.made]).toEqual([['staged.example.com'], ['staged.example.com']]);
    await lookedAt(bed, 'staged.example.com');
    expect(await bed.store.list('accounts/')).toHaveLength(2);
  });

  it('a failure at staging spends nothing in production', async () => {
    const bed = await bedOf();
    solver.wrong.add('wrong.example.com');
    bed.manager.want(wanted('wrong.example.com'), staged());
    const failed = await bed.attempted('wrong.example.com');
    expect(failed).toMatchObject({ phase: 'staging', failures: 1, certificate: null });
    const { cause } = failed.attempts[0] ?? {};
    expect(cause).toMatchObject({ stage: 'challenge', refuted: true });
    expect(cause?.message).toMatch(/404/);
    expect(bed.events).toMatchObject([
      { type: 'CertificateFailed', data: { environment: 'staging', stage: 'challenge' } },
    ]);
    expect(production.requests).toEqual([]);
    expect(solver.open.size).toBe(0);

    solver.wrong.clear();
    expect(bed.manager.renew('wrong.example.com', false)).toEqual({ kind: 'started' });
    await bed.issued('wrong.example.com');
  });

  it('a validation that production refutes goes back to staging', async () => {
    const bed = await bedOf();
    solver.wrong.add('refuted.example.com');
    bed.manager.want(wanted('refuted.example.com'), { ...staged(), stagingFirst: false });
    expect(await bed.attempted('refuted.example.com')).toMatchObject({ phase: 'production' });
    bed.manager.want(wanted('refuted.example.com'), staged());
    expect(await bed.attempted('refuted.example.com', 1)).toMatchObject({ phase: 'staging' });
  });

  it('an authority that is down, and one that goes down in the midst of an order', async () => {
    const bed = await bedOf();
    production.isDown = true;
    bed.manager.want(wanted('patient.example.com'), direct());
    const failed = await bed.attempted('patient.example.com');
    expect(failed.attempts[0]?.cause).toMatchObject({ code: 'authority_down', refuted: false });
    expect(failed.next.atMs - Date.now()).toBeGreaterThan(50_000);

    production.isDown = false;
    production.instead = ({ path }) =>
      path.startsWith('/finalize') ? { status: 503, headers: { 'retry-after': '120' } } : null;
    bed.manager.renew('patient.example.com', false);
    const half = await bed.attempted('patient.example.com', 1);
    expect(half.attempts[1]?.cause).toMatchObject({ stage: 'finalise', code: 'authority_down' });
    expect(half.next.atMs - Date.now()).toBeGreaterThan(110_000);
    expect(await bed.store.list('orders/')).toHaveLength(1);

    production.instead = () => null;
    bed.manager.renew('patient.example.com', false);
    await bed.issued('patient.example.com');
    expect(solver.presented).toBeGreaterThan(0);
    expect(production.made).toEqual(['patient.example.com']);
    expect(production.requests.filter(({ path }) => path.startsWith('/finalize')).length).toBeGreaterThan(1);
  });

  it('a limit of the authority: its Retry-After is kept', async () => {
    const limited: unknown[] = [];
    const budget = {
      ...OPEN_HOOKS.budget,
      limited: async (...said: readonly unknown[]) => void limited.push(said),
    };
    const bed = await bedOf({ hooks: { budget } });
    production.instead = ({ path }) =>
      path === NEW_ORDER
        ? problem(429, 'rateLimited', 'too many certificates already issued', {
            'retry-after': String(5 * 3600),
          })
        : null;
    bed.manager.want(wanted('limited.example.com'), direct());
    const { attempts, next } = await bed.attempted('limited.example.com');
    const { cause } = attempts[0] ?? {};
    expect(cause).toMatchObject({ code: 'rate_limited', stage: 'order' });
    expect(cause?.message).toMatch(/already issued/);
    expect(next.atMs - Date.now()).toBeGreaterThan(4.9 * HOUR);
    expect(limited).toMatchObject([
      [{ host: 'limited.example.com', isRenewal: false }, expect.any(Number), 'account'],
    ]);
  });

  it('no order where the budget or a pre-check speaks against it, nor for a wildcard by http-01', async () => {
    const until = Date.now() + 7 * HOUR;
    const stop = causeOf('no_address', { host: 'nowhere.example.com', said: '' });
    const bed = await bedOf({
      hooks: {
        budget: {
          ...OPEN_HOOKS.budget,
          mayOrder: async ({ host }) =>
            host === 'much.example.com' ? { ok: false, untilMs: until, limit: '50 in 7 days' } : { ok: true },
        },
        diagnosis: {
          ...OPEN_HOOKS.diagnosis,
          preCheck: async (host) => ({ stop: host === 'nowhere.example.com' ? stop : null, warnings: [] }),
        },
      },
    });
    bed.manager.want(wanted('much.example.com', 'nowhere.example.com', '*.example.com'), direct());
    const much = await bed.attempted('much.example.com');
    expect(much).toMatchObject({
      next: { kind: 'order', atMs: until },
      attempts: [{ cause: { code: 'budget', message: expect.stringMatching(/50 in 7 days/) } }],
    });
    expect((await bed.attempted('nowhere.example.com')).attempts[0]?.cause).toEqual(stop);
    expect((await bed.attempted('*.example.com')).attempts[0]?.cause).toMatchObject({
      code: 'wildcard_needs_dns',
      stage: 'before_order',
    });
    expect(production.made).toEqual([]);
  });

  it('a clock that is behind: the chain is not stored, and taken when the clock is right', async () => {
    const bed = await bedOf();
    bed.clock.aheadMs = -2 * HOUR;
    bed.manager.want(wanted('late.example.com'), direct());
    const { attempts } = await bed.attempted('late.example.com');
    expect(attempts[0]?.cause).toMatchObject({ code: 'clock_off' });
    expect(bed.manager.certificates.size).toBe(0);
    bed.clock.aheadMs = 0;
    bed.manager.renew('late.example.com', false);
    await bed.issued('late.example.com');
    expect(production.requests.filter(({ path }) => path.startsWith('/finalize'))).toHaveLength(1);
  });

  it('what was said of the clock before the machine slept holds nothing up, and explains nothing', async () => {
    const preCheck: Diagnosis['preCheck'] = async (_, { clockSkewMs, authority }) => ({
      stop: clockCause(clockSkewMs, authority),
      warnings: [],
    });
    const bed = await bedOf({ hooks: { diagnosis: { ...OPEN_HOOKS.diagnosis, preCheck } } });
    bed.manager.want(wanted('awake.example.com'), direct());
    await bed.issued('awake.example.com');
    // Neither clock that goes on while a machine sleeps is the one that never goes back.
    bed.clock.aheadMs = 8 * HOUR;
    production.isDown = true;
    bed.manager.want(wanted('awake.example.com', 'rested.example.com'), direct());
    expect((await bed.attempted('rested.example.com')).attempts[0]?.cause?.code).toBe('authority_down');
    production.isDown = false;
    production.date = () => new Date(Date.now() + 8 * HOUR);
    bed.manager.renew('rested.example.com', false);
    expect((await bed.issued('rested.example.com')).attempts).toHaveLength(2);
  });

  it('an account that the authority does not take any more is replaced, once', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('before.example.com'), direct());
    await bed.issued('before.example.com');
    const [key = ''] = await bed.store.list('accounts/');
    const { url, keyPem } = JSON.parse(String(await bed.store.get(key)));
    await deactivateAccount(production, { url, keyPem });

    bed.manager.want(wanted('before.example.com', 'after.example.com'), direct());
    await bed.issued('after.example.com');
    expect(bed.lines.join('')).toContain('does not accept the ACME account any more');
    expect(JSON.parse(String(await bed.store.get(key))).url).not.toBe(url);

    // One that the authority has never heard of, as after the loss of its own store.
    await bed.manager.close();
    await bed.store.put(
      key,
      Buffer.from(JSON.stringify({ ...JSON.parse(String(await bed.store.get(key))), url: `${url}00` })),
    );
    const next = await bedOf({ folder: bed.folder });
    next.manager.want(wanted('third.example.com'), direct());
    await next.issued('third.example.com');
    expect(production.requests.filter(({ path }) => path === NEW_ACCOUNT).length).toBeGreaterThanOrEqual(3);
  });

  it('an authority that wants accounts bound to external ones', async () => {
    const hmacKey = Buffer.from('penstock-penstock-penstock-32byte').toString('base64url');
    const strict = await startPebble({
      httpPort: solver.port,
      dnsPort,
      externalAccounts: { 'kid-1': hmacKey },
    });
    const bed = await bedOf();
    const draft = draftFor(strict.directoryUrl, strict.caPem);
    bed.manager.want(wanted('bound.example.com'), draft);
    const failed = await bed.attempted('bound.example.com');
    const { cause } = failed.attempts[0] ?? {};
    expect([cause?.stage, cause?.message]).toEqual(['before_order', expect.stringMatching(/external/i)]);
    // A section that was mended is tried at once.
    bed.manager.want(wanted('bound.example.com'), { ...draft, eab: { kid: 'kid-1', hmacKey } });
    await bed.issued('bound.example.com');
    expect(bed.lines.join('')).not.toContain(hmacKey);
  });

  it('a name that is no longer wanted is let go in the midst of it, and gone on with when it is again', async () => {
    const taken: string[] = [];
    let isHeld = true;
    let isAsked = false;
    const held: ChallengeSolver = {
      type: 'http-01',
      present: async (challenge, signal) => {
        isAsked = true;
        if (isHeld) await once(signal, 'abort');
        signal.throwIfAborted();
        await solver.present(challenge, signal);
      },
      cleanUp: async (challenge) => {
        taken.push(challenge.host);
        await solver.cleanUp(challenge);
      },
    };
    const bed = await bedOf({ solver: held });
    bed.manager.want(wanted('fickle.example.com'), direct());
    await waitFor(() => isAsked, { what: 'the challenge' });
    bed.manager.want([], direct());
    expect(bed.manager.status()).toEqual([]);
    await waitFor(() => taken.length > 0, { what: 'the answer to be taken away' });
    isHeld = false;
    bed.manager.want(wanted('fickle.example.com'), direct());
    const { attempts } = await bed.issued('fickle.example.com');
    expect(attempts).toMatchObject([{ cause: null }]);
    expect(production.made).toEqual(['fickle.example.com']);
  });

  it('what is no authority is said to be none', async () => {
    const authority = new Authority({
      directoryUrl: `http://127.0.0.1:${solver.port}/`,
      caPem: null,
      clock: systemClock,
    });
    await expect(authority.directory()).rejects.toThrow(/status 404/);
    const strange = new Authority({ directoryUrl: production.directoryUrl, caPem: null, clock: systemClock });
    await expect(strange.directory()).rejects.toThrow(/acme\.ca_file/);
    authority.close();
    strange.close();
  });
});

function problem(status: number, type: string, detail: string, headers: Record<string, string>) {
  const body = JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status });
  return { status, headers: { 'content-type': 'application/problem+json', ...headers }, body };
}
