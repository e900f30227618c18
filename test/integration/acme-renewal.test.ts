/**
 * What happens to certificates over time: restarts in the midst of an order, renewals, damage, and another penstock on the same store. Pebble is
 * the authority; this version of it knows no renewal information, so the front gives it.
 */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { KeyPool } from '../../src/primary/certs/acme/keys.ts';
import { CertificateManager } from '../../src/primary/certs/acme/manager.ts';
import { FileStore } from '../../src/primary/store/file-store.ts';
import {
  type AcmeBed,
  draftFor,
  KEY_WORKER,
  MovedClock,
  newFolder,
  openBed,
  wanted,
} from '../support/acme-bed.ts';
import { type AuthorityFront, NEW_ORDER, startAuthorityFront } from '../support/authority-front.ts';
import { freePort } from '../support/free-port.ts';
import { FrozenStore } from '../support/frozen-store.ts';
import { type HttpSolver, startHttpSolver } from '../support/http-solver.ts';
import { OPEN_HOOKS } from '../support/open-hooks.ts';
import { type Pebble, startChallengeServer, startPebble } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

requireProgram('pebble', 'pebble-challtestsrv')('certificates over time', () => {
  let solver: HttpSolver;
  let dnsPort = 0;
  let pebble: Pebble;
  let front: AuthorityFront;
  let beds: AcmeBed[] = [];

  beforeAll(async () => {
    solver = await startHttpSolver();
    ({ dnsPort } = await startChallengeServer());
    pebble = await startPebble({ httpPort: solver.port, dnsPort });
    front = await startAuthorityFront(pebble);
  });

  beforeEach(async () => {
    for (const { manager } of beds) await manager.close();
    beds = [];
    front.requests.length = 0;
    front.made.length = 0;
    front.instead = () => null;
    front.directory = (fields) => fields;
  });

  afterAll(async () => {
    for (const { manager } of beds) await manager.close();
    await front.close();
    await solver.close();
  });

  const bedOf = async (more: Partial<Parameters<typeof openBed>[0]> = {}): Promise<AcmeBed> => {
    const bed = await openBed({ solver, ...more });
    beds.push(bed);
    return bed;
  };
  const draft = (more = {}) => draftFor(front.directoryUrl, front.caPem, more);
  const ordersFor = (host: string) =>
    front.requests.filter(
      ({ path, payload }) => path === NEW_ORDER && JSON.stringify(payload.identifiers).includes(`"${host}"`),
    );

  it('a restart at any moment goes on where it stood: one order from when its URL is stored', async () => {
    const keys = new KeyPool(KEY_WORKER);
    // begun, key of the account, its URL, order, key of the order, certificate, issued.
    const moments = [0, 1, 2, 3, 4, 5, 6, 7];
    await Promise.all(
      moments.map(async (moment) => {
        const host = `moment${moment}.example.com`;
        const folder = await newFolder();
        const clock = new MovedClock();
        const store = new FrozenStore(new FileStore(folder, clock), moment);
        const died = await CertificateManager.open({
          ...{ store, clock, keys, random: Math.random, log: pino({ level: 'silent' }), hooks: OPEN_HOOKS },
          onChange: () => {},
          solver: () => solver,
        });
        died.want(wanted(host), draft());
        const isOver = () => store.isFrozen || died.status()[0]?.next.kind === 'renew';
        await waitFor(isOver, { what: `the end after ${moment} writes`, timeoutMs: 40_000 });
        // Its lock is held until the lease ends, as that of a process that was killed.
        clock.aheadMs = MINUTE;
        const bed = await bedOf({ folder, clock });
        bed.manager.want(wanted(host), draft());
        await bed.issued(host);
        // Of an order that was made in the moment before nobody knows.
        expect([moment, front.made.filter((made) => made === host).length]).toEqual([
          moment,
          moment === 3 ? 2 : 1,
        ]);
      }),
    );
    await keys.close();
  });

  it('is renewed in time, the old one serves meanwhile, and a failure takes nothing away', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('renewed.example.com'), draft());
    const first = await bed.issued('renewed.example.com');
    const serving = () => bed.manager.certificates.get('renewed.example.com');
    const old = serving();
    bed.clock.aheadMs = first.next.atMs - Date.now() - MINUTE;
    bed.manager.wake();
    expect(bed.status('renewed.example.com').next.kind).toBe('renew');

    front.isDown = true;
    bed.clock.aheadMs += 2 * MINUTE;
    bed.manager.wake();
    const failed = await bed.attempted('renewed.example.com', 1);
    expect(failed).toMatchObject({ phase: 'production', failures: 1, next: { environment: 'production' } });
    expect(failed.next.atMs - bed.clock.epochMs()).toBeLessThanOrEqual(60 * MINUTE);
    expect(serving()).toBe(old);

    front.isDown = false;
    bed.clock.aheadMs += 2 * MINUTE;
    bed.manager.wake();
    const again = await bed.issued('renewed.example.com');
    expect(serving()?.id).not.toBe(old?.id);
    expect(again).toMatchObject({ failures: 0 });
    expect(bed.events.at(-1)).toMatchObject({ type: 'CertificateIssued', data: { renewal: true } });
    // By its clock the new one is due at once, too: that must not become a loop.
    expect(again.next.atMs - bed.clock.epochMs()).toBeGreaterThan(50 * MINUTE);
  });

  it('is renewed by force, and not without before it is due', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('forced.example.com'), draft());
    const { next } = await bed.issued('forced.example.com');
    const old = bed.manager.certificates.get('forced.example.com')?.id;
    expect(bed.manager.renew('forced.example.com', false)).toEqual({ kind: 'not_due', dueMs: next.atMs });
    expect(bed.manager.renew('stranger.example.com', true)).toEqual({ kind: 'unknown' });
    expect(bed.manager.renew('forced.example.com', true)).toEqual({ kind: 'started' });
    await waitFor(() => bed.manager.certificates.get('forced.example.com')?.id !== old, {
      what: 'another certificate',
    });
    expect((await bed.issued('forced.example.com')).attempts).toHaveLength(2);
  });

  it('follows the renewal information of its authority, and orders as a replacement', async () => {
    const bed = await bedOf();
    const until = (ms: number) => new Date(Date.now() + ms).toISOString();
    let window = { start: until(30 * DAY), end: until(31 * DAY) };
    front.directory = (fields) => ({
      ...fields,
      renewalInfo: `${new URL(front.directoryUrl).origin}/renewal-info`,
    });
    front.instead = ({ path, payload }) => {
      if (path.startsWith('/renewal-info/')) {
        const explanationURL = 'https://authority.example/why';
        const headers = { 'content-type': 'application/json', 'retry-after': '21600' };
        return { status: 200, headers, body: JSON.stringify({ suggestedWindow: window, explanationURL }) };
      }
      if (path !== NEW_ORDER || payload.replaces === undefined) return null;
      const headers = { 'content-type': 'application/problem+json' };
      return {
        status: 409,
        headers,
        body: '{"type":"urn:ietf:params:acme:error:alreadyReplaced","detail":"replaced already"}',
      };
    };
    bed.manager.want(wanted('advised.example.com'), draft());
    await bed.issued('advised.example.com');
    const planned = await waitFor(
      () => {
        const status = bed.status('advised.example.com');
        return status.explanationUrl !== null && status;
      },
      { what: 'advice' },
    );
    expect(planned.next.atMs).toBeGreaterThanOrEqual(Date.parse(window.start));
    expect(planned.next.atMs).toBeLessThanOrEqual(Date.parse(window.end));

    // The authority wants it back at once, and is asked again when it said.
    window = { start: until(-2 * DAY), end: until(-DAY) };
    const old = bed.manager.certificates.get('advised.example.com');
    bed.clock.aheadMs = 7 * 60 * MINUTE;
    bed.manager.wake();
    await waitFor(() => bed.manager.certificates.get('advised.example.com')?.id !== old?.id, {
      what: 'a renewal',
    });
    const orders = ordersFor('advised.example.com').map(({ payload }) => payload.replaces);
    const asked = front.requests
      .find(({ path }) => path.startsWith('/renewal-info/'))
      ?.path.split('/')
      .at(-1);
    expect(new Set(orders)).toEqual(new Set([undefined, asked]));
    expect(orders.at(-1)).toBeUndefined();
    await bed.issued('advised.example.com');
  });

  it('a damaged certificate is set aside, and another one ordered from production', async () => {
    const bed = await bedOf();
    bed.manager.want(wanted('whole.example.com', 'damaged.example.com'), draft());
    await Promise.all([bed.issued('whole.example.com'), bed.issued('damaged.example.com')]);
    await bed.manager.close();
    writeFileSync(join(bed.folder, 'certificates/damaged.example.com'), '{"version":1,"chainPem":"');
    writeFileSync(join(bed.folder, 'issuance/whole.example.com'), 'no JSON');

    const next = await bedOf({ folder: bed.folder });
    expect([...next.manager.certificates.keys()]).toEqual(['whole.example.com']);
    expect(next.lines.join('')).toContain('a stored value is damaged and was set aside');
    next.manager.want(
      wanted('whole.example.com', 'damaged.example.com'),
      draft({ stagingFirst: true, stagingDirectory: 'https://127.0.0.1:1/' }),
    );
    await next.issued('damaged.example.com');
    const whole = await next.issued('whole.example.com');
    expect(whole.next.atMs).toBeLessThan((whole.certificate?.notAfterMs ?? 0) - 29 * DAY);
    expect(front.made.toSorted()).toEqual([
      'damaged.example.com',
      'damaged.example.com',
      'whole.example.com',
    ]);
  });

  it('two penstocks on one store order once, and both serve it', async () => {
    const one = await bedOf();
    const two = await bedOf({ folder: one.folder });
    one.manager.want(wanted('shared.example.com'), draft());
    two.manager.want(wanted('shared.example.com'), draft());
    const serves = ({ manager }: AcmeBed) => manager.certificates.has('shared.example.com');
    await waitFor(() => serves(one) && serves(two), { what: 'both to serve', timeoutMs: 40_000 });
    expect(new Set(ordersFor('shared.example.com').map(({ payload }) => JSON.stringify(payload))).size).toBe(
      1,
    );
    expect(two.status('shared.example.com').phase).toBe('issued');
  });

  it('kill -9 in the midst of it loses nothing that was said to be there', async () => {
    const folder = await newFolder();
    const names = wanted(...Array.from({ length: 12 }, (_, n) => `killed${n}.example.com`));
    const httpPort = await freePort();
    const other = await startPebble({ httpPort, dnsPort });
    const task = { folder, names, draft: draftFor(other.directoryUrl, other.caPem), httpPort };
    const acknowledged = await untilKilled(task, 3);
    expect(acknowledged.length).toBeGreaterThanOrEqual(3);

    const clock = new MovedClock();
    clock.aheadMs = MINUTE;
    const bed = await bedOf({ folder, clock });
    for (const host of acknowledged) expect([...bed.manager.certificates.keys()]).toContain(host);
    expect(bed.lines.join('')).not.toContain('damaged');
    bed.manager.want(names, task.draft);
    // Its own solver listens where Pebble does not look: what was validated before the end needs no other answer.
    expect(bed.status(acknowledged[0] ?? '').phase).toBe('issued');
  });
});

/** Hosts that it has acknowledged until it was killed, in the midst of others. */
async function untilKilled(task: unknown, after: number): Promise<string[]> {
  const file = fileURLToPath(new URL('../support/acme-child.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const hosts: string[] = [];
  const over = new Promise((resolve) => child.once('exit', resolve));
  const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000);
  createInterface(child.stdout).on('line', (line) => {
    hosts.push(line);
    if (hosts.length >= after) child.kill('SIGKILL');
  });
  await over;
  clearTimeout(deadline);
  return hosts;
}
