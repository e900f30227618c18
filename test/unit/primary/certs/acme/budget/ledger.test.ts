import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { domainsOf } from '../../../../../../src/primary/certs/acme/budget/bucket-names.ts';
import type { BudgetRequest, BudgetVerdict } from '../../../../../../src/primary/certs/acme/budget/budget.ts';
import { Ledger } from '../../../../../../src/primary/certs/acme/budget/ledger.ts';
import { FileStore } from '../../../../../../src/primary/store/file-store.ts';
import { memoryStore } from '../../../../../support/memory-store.ts';

const PRODUCTION = 'https://acme-v02.api.letsencrypt.org/directory';
const STAGING = 'https://acme-staging-v02.api.letsencrypt.org/directory';
const PRIVATE = 'https://ca.internal:9000/acme/directory';
const NOW = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const folder = mkdtempSync(join(tmpdir(), 'penstock-budget-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stoppedClock = () => {
  const clock = { now: NOW, epochMs: () => clock.now, nowMs: () => clock.now };
  return clock;
};

/** `open`: as after a restart. */
function makeBed() {
  const clock = stoppedClock();
  const wish = { store: memoryStore(), clock, onDamage: () => expect.unreachable() };
  const open = () => new Ledger(wish);
  return { clock, open, ledger: open() };
}

let places = 0;
function makeFileBed() {
  const root = join(folder, String(places++));
  const clock = stoppedClock();
  const damaged: string[] = [];
  const open = () =>
    new Ledger({ store: new FileStore(root, clock), clock, onDamage: (where) => damaged.push(where) });
  return { root, clock, damaged, open, ledger: open() };
}

const request = (host: string, facts: Partial<BudgetRequest> = {}): BudgetRequest => ({
  authority: PRODUCTION,
  account: 'https://acme-v02.api.letsencrypt.org/acme/acct/1',
  host,
  names: [host],
  isRenewal: false,
  replaces: false,
  ...facts,
});
const renewal = (host: string): BudgetRequest => request(host, { isRenewal: true });
const REFUTED = (host: string) => ({ refuted: [host], orderOver: true });

async function obtain(ledger: Ledger, wanted: BudgetRequest): Promise<BudgetVerdict> {
  const verdict = await ledger.mayOrder(wanted);
  if (!verdict.ok) return verdict;
  await ledger.ordered(wanted);
  await ledger.issued(wanted);
  return verdict;
}

describe('the limits of Let’s Encrypt', () => {
  it('gives new names of a domain 45 of 50 certificates, then one in 202 minutes, and says so', async () => {
    const { ledger, clock } = makeBed();
    for (let i = 0; i < 45; i++) expect((await obtain(ledger, request(`h${i}.example.com`))).ok).toBe(true);
    expect(await obtain(ledger, request('one.more.example.com'))).toEqual({
      ok: false,
      untilMs: NOW + 202 * MINUTE,
      limit: '50 certificates for example.com in 7 days',
    });
    expect((await obtain(ledger, request('other.example.org'))).ok).toBe(true);
    clock.now += 202 * MINUTE;
    expect((await obtain(ledger, request('one.more.example.com'))).ok).toBe(true);
    expect((await obtain(ledger, request('and.more.example.com'))).ok).toBe(false);
  });

  it('counts what is asked for and under way as spent', async () => {
    const { ledger, open } = makeBed();
    for (let i = 0; i < 45; i++) {
      const wanted = request(`h${i}.example.com`);
      expect((await ledger.mayOrder(wanted)).ok).toBe(true);
      if (i < 20) await ledger.ordered(wanted);
    }
    expect((await ledger.mayOrder(request('more.example.com'))).ok).toBe(false);
    await ledger.failed(request('h44.example.com'), { refuted: [], orderOver: true });
    await ledger.failed(request('h0.example.com'), { refuted: [], orderOver: true });
    expect((await ledger.mayOrder(request('more.example.com'))).ok).toBe(true);
    expect((await ledger.mayOrder(request('h0.example.com'))).ok).toBe(true);
    expect((await ledger.mayOrder(request('h44.example.com'))).ok).toBe(false);
    // Orders that were placed are known after a restart; those that were not were never placed.
    const again = open();
    for (let i = 0; i < 26; i++)
      expect((await again.mayOrder(request(`n${i}.example.com`))).ok, String(i)).toBe(true);
    expect((await again.mayOrder(request('n26.example.com'))).ok).toBe(false);
  });

  it('gives a place back that nobody uses', async () => {
    const { ledger, clock } = makeBed();
    for (let i = 0; i < 45; i++) await ledger.mayOrder(request(`h${i}.example.com`));
    expect((await ledger.mayOrder(request('more.example.com'))).ok).toBe(false);
    clock.now += 16 * MINUTE;
    expect((await ledger.mayOrder(request('more.example.com'))).ok).toBe(true);
  });

  it('leaves 30 of 300 orders of an account to renewals', async () => {
    const { ledger, open, clock } = makeBed();
    for (let i = 0; i < 270; i++) expect((await obtain(ledger, request(`d${i}.com`))).ok).toBe(true);
    const verdict = { ok: false, untilMs: NOW + 36_000, limit: '300 new orders of the account in 3 hours' };
    expect(await ledger.mayOrder(request('more.com'))).toEqual(verdict);
    expect(await open().mayOrder(request('more.com'))).toEqual(verdict);
    expect((await ledger.mayOrder(request('more.com', { account: 'another' }))).ok).toBe(true);
    expect((await ledger.mayOrder(renewal('d0.com'))).ok).toBe(true);
    clock.now += 36_000;
    expect((await ledger.mayOrder(request('even.more.com'))).ok).toBe(true);
  });

  it('gives the same names 4 certificates, a renewal the fifth, and one that replaces any number', async () => {
    const { ledger } = makeBed();
    for (let i = 0; i < 4; i++) expect((await obtain(ledger, request('a.example.com'))).ok).toBe(true);
    expect(await obtain(ledger, request('a.example.com'))).toMatchObject({
      ok: false,
      limit: '5 certificates for the same names in 7 days',
    });
    expect((await obtain(ledger, renewal('a.example.com'))).ok).toBe(true);
    expect(await obtain(ledger, renewal('a.example.com'))).toEqual({
      ok: false,
      untilMs: NOW + 34 * HOUR,
      limit: '5 certificates for the same names in 7 days',
    });
    const replacing = { ...renewal('a.example.com'), replaces: true };
    for (let i = 0; i < 3; i++) expect((await obtain(ledger, replacing)).ok).toBe(true);
  });

  it('lets a name fail five times in an hour, at each account', async () => {
    const { ledger, open, clock } = makeBed();
    for (let i = 0; i < 5; i++) {
      expect((await ledger.mayOrder(request('a.example.com'))).ok).toBe(true);
      await ledger.ordered(request('a.example.com'));
      await ledger.failed(request('a.example.com'), REFUTED('a.example.com'));
    }
    expect(await open().mayOrder(request('a.example.com'))).toEqual({
      ok: false,
      untilMs: NOW + 12 * MINUTE,
      limit: '5 failed validations of a.example.com in 1 hour',
    });
    // A wildcard is validated by the same name.
    expect((await ledger.mayOrder(request('*.a.example.com'))).ok).toBe(false);
    expect((await ledger.mayOrder(request('b.example.com'))).ok).toBe(true);
    expect((await ledger.mayOrder(request('a.example.com', { account: 'another' }))).ok).toBe(true);
    clock.now += 12 * MINUTE;
    expect((await ledger.mayOrder(request('a.example.com'))).ok).toBe(true);
  });

  it('never comes to the pause after 1,152 failures in a row, and forgets them after a success', async () => {
    const { ledger, clock } = makeBed();
    const fail = () => ledger.failed(request('a.example.com'), REFUTED('a.example.com'));
    for (let i = 0; i < 1_151; i++) {
      clock.now += 12 * MINUTE;
      await fail();
    }
    clock.now += HOUR;
    // 230 hours gave ten back.
    for (let i = 0; i < 10; i++) await fail();
    clock.now += HOUR;
    expect(await ledger.mayOrder(request('a.example.com'))).toMatchObject({
      ok: false,
      limit: '1152 failed validations of a.example.com in a row',
    });
    await ledger.issued(request('a.example.com'));
    expect((await ledger.mayOrder(request('a.example.com'))).ok).toBe(true);
  });

  it('gives ten new accounts in three hours', async () => {
    const { ledger, open, clock } = makeBed();
    for (let i = 0; i < 10; i++) {
      expect((await ledger.mayRegister(PRODUCTION)).ok).toBe(true);
      await ledger.registered(PRODUCTION);
    }
    expect(await open().mayRegister(PRODUCTION)).toEqual({
      ok: false,
      untilMs: NOW + 18 * MINUTE,
      limit: '10 new accounts in 3 hours',
    });
    expect((await ledger.mayRegister(STAGING)).ok).toBe(true);
    clock.now += 18 * MINUTE;
    expect((await ledger.mayRegister(PRODUCTION)).ok).toBe(true);
  });
});

describe('other authorities', () => {
  it('keeps staging apart, and lets it take more', async () => {
    const { ledger } = makeBed();
    for (let i = 0; i < 60; i++) {
      const wanted = request('a.example.com', { authority: STAGING });
      expect((await obtain(ledger, wanted)).ok).toBe(true);
      await ledger.failed(wanted, REFUTED('a.example.com'));
    }
    expect((await ledger.mayOrder(request('a.example.com'))).ok).toBe(true);
  });

  it('bounds a name that fails at an unknown authority, and no renewals', async () => {
    const { ledger } = makeBed();
    const wanted = request('a.internal', { authority: PRIVATE });
    for (let i = 0; i < 60; i++) await ledger.failed(wanted, REFUTED('a.internal'));
    expect(await ledger.mayOrder(wanted)).toMatchObject({ ok: false, untilMs: NOW + MINUTE });
    const other = request('b.internal', { authority: PRIVATE, isRenewal: true });
    for (let i = 0; i < 100; i++) expect((await obtain(ledger, other)).ok).toBe(true);
  });
});

describe('what the authority asked to wait for', () => {
  it.each([
    ['account', 'b.example.org', false],
    ['domain', 'b.example.com', false],
    ['domain', 'b.example.org', true],
    ['set', 'a.example.com', false],
    ['set', 'b.example.com', true],
    ['host', 'a.example.com', false],
    ['host', 'b.example.com', true],
  ] as const)('of the %s stops an order for %s: ok is %s', async (scope, host, ok) => {
    const { ledger, open, clock } = makeBed();
    await ledger.limited(request('a.example.com'), NOW + HOUR, scope);
    // What comes later does not shorten it.
    await ledger.limited(request('a.example.com'), NOW + MINUTE, scope);
    const verdict = await open().mayOrder(request(host));
    expect(verdict).toEqual(ok ? { ok } : { ok, untilMs: NOW + HOUR, limit: 'the authority asked to wait' });
    // Nobody is exempt from what it said.
    const replacing = { ...renewal(host), replaces: true };
    expect((await ledger.mayOrder(replacing)).ok).toBe(ok);
    clock.now += HOUR;
    expect((await ledger.mayOrder(request(host))).ok).toBe(true);
  });

  it('is believed for a week at most', async () => {
    const { ledger } = makeBed();
    await ledger.limited(request('a.example.com'), NOW + 1_000 * DAY, 'account');
    expect(await ledger.mayOrder(request('a.example.com'))).toMatchObject({
      ok: false,
      untilMs: NOW + 7 * DAY,
    });
  });

  it('is over where the clock was a year ahead when it began', async () => {
    const { ledger, clock } = makeBed();
    clock.now += 365 * DAY;
    await ledger.limited(request('a.example.com'), clock.now + HOUR, 'account');
    await ledger.registrationsLimited(PRODUCTION, clock.now + HOUR);
    clock.now = NOW;
    expect(await ledger.mayOrder(request('a.example.com'))).toEqual({ ok: true });
    expect(await ledger.mayRegister(PRODUCTION)).toEqual({ ok: true });
    await ledger.limited(request('a.example.com'), NOW + MINUTE, 'account');
    expect(await ledger.mayOrder(request('a.example.com'))).toMatchObject({ untilMs: NOW + MINUTE });
  });

  it('holds for new accounts', async () => {
    const { ledger } = makeBed();
    await ledger.registrationsLimited(PRODUCTION, NOW + HOUR);
    expect(await ledger.mayRegister(PRODUCTION)).toMatchObject({ ok: false, untilMs: NOW + HOUR });
    expect((await ledger.mayOrder(request('a.example.com'))).ok).toBe(true);
  });
});

describe('the books', () => {
  const files = (root: string) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((name) => join(root, name))
      .filter((file) => statSync(file).isFile() && !file.includes('/.damaged/'));

  it('begin half spent where they were damaged, and are set aside', async () => {
    const { ledger, open, root, damaged, clock } = makeFileBed();
    await obtain(ledger, request('a.example.com'));
    const books = files(root);
    expect(books.map((file) => file.slice(root.length))).toEqual([
      expect.stringMatching(/^\/budget\/acme-v02\.api\.letsencrypt\.org-[0-9a-f]{8}\/account\/[0-9a-f]{8}$/),
      expect.stringMatching(/^\/budget\/acme-v02\.api\.letsencrypt\.org-[0-9a-f]{8}\/domain\/example\.com$/),
    ]);
    for (const [at, file] of books.entries())
      writeFileSync(file, at === 0 ? '{"version":1,' : '{"version":1,"buckets":{"domain":"soon"}}');
    const again = open();
    let given = 0;
    while ((await obtain(again, request(`n${given}.example.com`))).ok) given++;
    // Half of 50, less the five of the renewals.
    expect(given).toBe(20);
    expect(damaged).toHaveLength(2);
    for (const where of damaged) expect(readFileSync(where, 'utf8')).toContain('{"version":1,');
    expect((await again.mayOrder(renewal('a.example.com'))).ok).toBe(true);
    clock.now += 8 * DAY;
    for (let i = 0; i < 45; i++) expect((await obtain(again, request(`m${i}.example.com`))).ok).toBe(true);
  });

  it('hold nothing that has passed', async () => {
    const { ledger, root, clock } = makeFileBed();
    for (let i = 0; i < 40; i++) await obtain(ledger, request(`h${i}.example.com`));
    await ledger.failed(request('h0.example.com'), REFUTED('h0.example.com'));
    clock.now += 30 * DAY;
    await obtain(ledger, renewal('h0.example.com'));
    const book = files(root).find((file) => file.endsWith('/example.com')) ?? '';
    expect(Object.keys(JSON.parse(readFileSync(book, 'utf8')).buckets)).toEqual(['set h0.example.com']);
  });

  it('say that the store cannot be written, and go on when it can', async () => {
    const { ledger, root, clock } = makeFileBed();
    writeFileSync(root, 'a file in the way');
    await expect(ledger.ordered(request('a.example.com'))).rejects.toMatchObject({
      code: 'PENSTOCK_STATE_UNWRITABLE',
    });
    rmSync(root);
    clock.now += 1;
    expect((await obtain(ledger, request('a.example.com'))).ok).toBe(true);
  });
});

describe('domainsOf', () => {
  it.each([
    [['www.example.com', '*.example.com', 'example.com'], ['example.com']],
    [['a.b.example.co.uk'], ['example.co.uk']],
    [
      ['a.github.io', 'b.github.io'],
      ['a.github.io', 'b.github.io'],
    ],
    [['github.io'], ['github.io']],
    [['host.internal'], ['host.internal']],
    [['localhost'], ['localhost']],
    [
      ['b.example.org', 'a.example.com'],
      ['example.com', 'example.org'],
    ],
  ])('%j → %j', (names, domains) => {
    expect(domainsOf(names)).toEqual(domains);
  });
});
