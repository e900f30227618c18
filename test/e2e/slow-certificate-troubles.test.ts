/**
 * What goes wrong on the way to automatic certificates, with penstock as users run it and a Pebble with its own faults left on: the authority is away,
 * penstock is killed, the account is gone, the clock is wrong. Whatever it is, what served before serves on, `certs status` says why, and
 * when it is over the certificate comes. Minutes that penstock waits are seconds here: time goes faster (`moved-clock.mjs`).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, type TestContext } from 'vitest';
import { NEW_ACCOUNT, NEW_ORDER } from '../support/authority-front.ts';
import { type AutomaticBed, openAutomaticBed } from '../support/automatic-bed.ts';
import { deactivateAccount } from '../support/deactivate-account.ts';
import { startChallengeServer } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { ISSUED_MS } from '../support/see-certificate.ts';
import { waitFor } from '../support/wait-for.ts';

const YEAR_MS = 365 * 86_400_000;
/** The shortest wait of penstock, a minute, takes three seconds. */
const RATE = 20;

requireProgram(
  'pebble',
  'pebble-challtestsrv',
  'openssl',
  'curl',
)('automatic certificates in trouble', () => {
  let dnsPort = 0;
  beforeAll(async () => {
    ({ dnsPort } = await startChallengeServer());
  });

  const openBed = async ({ onTestFinished }: TestContext): Promise<AutomaticBed> => {
    const bed = await openAutomaticBed({ dnsPort });
    onTestFinished(() => bed.close());
    return bed;
  };
  const expectPlain = async (bed: AutomaticBed, host: string): Promise<void> => {
    expect(await bed.getPlain(host)).toBe('200 ');
    const seen = await bed.see(host);
    expect(seen).toMatchObject({ verified: false, serial: expect.stringMatching(/\w/) });
    expect(seen.issuer).not.toContain('Pebble');
  };

  it.concurrent('twenty names at once', async (context) => {
    const bed = await openBed(context);
    const hosts = Array.from({ length: 20 }, (_, n) => `n${n}.example.test`);
    await bed.start(hosts);
    const startMs = performance.now();
    const all = await waitFor(
      async () => {
        const statuses = await bed.statuses();
        return statuses.every(({ phase }) => phase === 'issued') && statuses;
      },
      { what: 'twenty certificates', timeoutMs: ISSUED_MS, intervalMs: 100 },
    );
    console.log(`20 names: issued ${Math.round(performance.now() - startMs)} ms after the ready line`);
    expect(all.map(({ host }) => host)).toEqual(hosts.toSorted());
    const serials = new Set<string>();
    for (const host of hosts) serials.add((await bed.served(host)).serial);
    expect(serials.size).toBe(20);
    // Pebble refuses a nonce now and then; five in a row are too many for acme-client.
    const failed = all.flatMap(({ attempts }) => attempts.flatMap(({ cause }) => cause ?? []));
    expect(failed.filter(({ message }) => !/nonce/i.test(message))).toEqual([]);
    expect(new Set(bed.front.made)).toEqual(new Set(hosts));
    expect(bed.front.made).toHaveLength(20 + failed.length);
    expect(bed.front.accounts).toBe(1);
  });

  it.concurrent('the authority is away at the start, and again at the renewal', async (context) => {
    const bed = await openBed(context);
    const host = 'away.example.test';
    bed.setClock(0, RATE);
    await bed.front.shut();
    await bed.start([host]);
    await bed.failedWith(host, 'authority_down');
    expect(await bed.command('certs', 'status', host)).toMatch(
      /authority_down[\s\S]*connection refused[\s\S]*to do +\S/,
    );
    await expectPlain(bed, host);

    await bed.front.open();
    const first = await bed.served(host);
    await waitFor(async () => (await bed.getPlain(host)).startsWith('301'), { what: 'redirects' });

    await bed.front.shut();
    await bed.command('certs', 'renew', host, '--force');
    await bed.failedWith(host, 'authority_down');
    expect(await bed.see(host)).toEqual(first);
    expect(await bed.getPlain(host)).toContain('301');
    await bed.front.open();
    await bed.served(host, first);
    expect((await bed.status(host)).attempts.map(({ cause }) => cause?.code ?? null)).toEqual([
      'authority_down',
      null,
      'authority_down',
      null,
    ]);
  });

  it.concurrent('penstock is killed while orders are at every point', async (context) => {
    const bed = await openBed(context);
    const { front } = bed;
    const hosts = Array.from({ length: 5 }, (_, n) => `killed${n}.example.test`);
    // The first name that comes to a point stays there.
    const points = [NEW_ORDER, '/chalZ/', '/finalize-order/', '/certZ/'];
    const reached = new Set<string>();
    let unheardOf = '';
    front.withheld = ({ path, payload }) => {
      const point = points.find((one) => path.startsWith(one));
      if (point === undefined || reached.has(point)) return false;
      reached.add(point);
      if (point === NEW_ORDER) unheardOf = JSON.stringify(payload.identifiers);
      return true;
    };
    await bed.start(hosts);
    const done = await waitFor(
      async () => {
        const issued = (await bed.statuses()).filter(({ phase }) => phase === 'issued');
        return reached.size === points.length && issued.length === 1 && issued[0]?.host;
      },
      { what: 'one name to be done, and the others on their way', timeoutMs: ISSUED_MS },
    );
    const before = await bed.served(done);
    bed.penstock.signal('SIGKILL');
    await bed.penstock.waitExit();
    expect(front.made.toSorted()).toEqual(hosts);

    front.withheld = () => false;
    // Names that were worked on are locked for some time.
    bed.setClock(0, RATE);
    await bed.start(hosts);
    for (const host of hosts) await bed.served(host);
    expect(await bed.see(done)).toEqual(before);
    for (const host of hosts) {
      const times = unheardOf.includes(`"${host}"`) ? 2 : 1;
      expect([host, front.made.filter((made) => made === host).length]).toEqual([host, times]);
    }
    expect(front.accounts).toBe(1);
  });

  it.concurrent('the account is deactivated behind its back, and no other one is given at first', async (context) => {
    const bed = await openBed(context);
    const { front, stateDir } = bed;
    const host = 'account.example.test';
    await bed.start([host]);
    const first = await bed.served(host);
    const [file = ''] = readdirSync(join(stateDir, 'accounts'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.includes('@'),
    );
    const accountFile = join(stateDir, 'accounts', file);
    const account = JSON.parse(readFileSync(accountFile, 'utf8'));
    await deactivateAccount(front, account);

    front.instead = ({ path }) =>
      path === NEW_ACCOUNT
        ? {
            status: 403,
            headers: { 'content-type': 'application/problem+json' },
            body: '{"type":"urn:ietf:params:acme:error:unauthorized","detail":"no accounts today"}',
          }
        : null;
    await bed.command('certs', 'renew', host, '--force');
    await bed.failedWith(host, 'account_refused');
    expect(await bed.command('certs', 'status', host)).toMatch(
      /account_refused[\s\S]*no accounts today[\s\S]*to do +\S/,
    );
    expect(await bed.see(host)).toEqual(first);

    front.instead = () => null;
    await bed.command('certs', 'renew', host);
    await bed.served(host, first);
    expect(front.accounts).toBe(2);
    expect(JSON.parse(readFileSync(accountFile, 'utf8')).url).not.toBe(account.url);
    expect(bed.penstock.stderr()).toContain('does not accept the ACME account any more');
  });

  it.concurrent('the clock is a year ahead, then a year behind, and wrong again at a renewal', async (context) => {
    const bed = await openBed(context);
    const host = 'clock.example.test';
    bed.setClock(YEAR_MS, RATE);
    await bed.start([host]);
    await bed.failedWith(host, 'clock_off');
    expect(await bed.command('certs', 'status', host)).toMatch(
      /clock_off[\s\S]*365 d ahead of[\s\S]*to do +\S/,
    );
    await expectPlain(bed, host);
    bed.setClock(-YEAR_MS, RATE);
    const behind = async () =>
      (await bed.status(host)).attempts.at(-1)?.cause?.message.includes('365 d behind');
    await waitFor(behind, { what: 'an attempt with the clock behind', timeoutMs: ISSUED_MS });
    await expectPlain(bed, host);
    expect(bed.front.made).toEqual([]);
    bed.setClock(0, RATE);
    const first = await bed.served(host);

    bed.setClock(YEAR_MS, RATE);
    await bed.command('certs', 'renew', host, '--force');
    await bed.failedWith(host, 'clock_off');
    expect(await bed.see(host)).toEqual(first);
    expect(bed.front.made).toEqual([host]);
    bed.setClock(0, RATE);
    await bed.served(host, first);
  });
});
