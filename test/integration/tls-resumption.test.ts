/** Sessions that one thread gave out are resumed by any other, for as long as their key is kept: on every supported Node. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MadeCertificate, makeCertificate } from '../support/cert-maker.ts';
import { NODE_INSTALL_TIMEOUT_MS, nodeBinary, OTHER_NODE_VERSIONS } from '../support/node-binary.ts';
import { opensslClient } from '../support/openssl-client.ts';
import { requireProgram } from '../support/programs.ts';
import { askTls, type TlsAnswer, type TlsAsk } from '../support/tls-bed.ts';
import { tlsSnapshotBytes } from '../support/tls-snapshot.ts';
import { TlsThreads } from '../support/tls-threads.ts';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const CONNECTIONS = 100;

let fallback: MadeCertificate;
let named: MadeCertificate;
beforeAll(async () => {
  fallback = await makeCertificate({ hosts: ['default.test'] });
  // Another type of key than the default's.
  named = await makeCertificate({ hosts: ['a.test'], keyType: 'rsa' });
});

const running: TlsThreads[] = [];
afterEach(() => {
  for (const threads of running.splice(0)) threads.kill();
});

async function start(node = process.execPath): Promise<TlsThreads & { readonly ports: [number, number] }> {
  const snapshot = tlsSnapshotBytes({ fallback, served: { 'a.test': named, '*.w.test': named } });
  const threads = await TlsThreads.start({ threads: 2, snapshot, node });
  running.push(threads);
  return threads as TlsThreads & { readonly ports: [number, number] };
}

/** A first, full handshake. */
async function meet(port: number, options: TlsAsk): Promise<TlsAnswer & { readonly session: Buffer }> {
  const { reused, session, ...rest } = await askTls(port, options);
  expect(reused).toBe(false);
  if (session === undefined) throw new Error('no session came with a full handshake');
  return { reused, session, ...rest };
}

/** A handshake that is to resume a session, and brings a new ticket: clients of TLS 1.3 use each one only once. */
async function resume(port: number, before: TlsAnswer, options: TlsAsk): Promise<TlsAnswer> {
  if (before.session === undefined) throw new Error('there is no session to resume');
  const again = await askTls(port, { ...options, session: before.session });
  expect(again.reused).toBe(true);
  expect(again.ticket).toBeDefined();
  expect(again.ticket).not.toEqual(before.ticket);
  return again;
}

/** The session with one bit of its ticket turned over. */
function spoiled({ session, ticket }: TlsAnswer, at: number): Buffer {
  const copy = Buffer.from(session ?? []);
  const place = ticket === undefined ? -1 : copy.indexOf(ticket);
  if (place < 0) throw new Error('the session holds no ticket');
  copy[place + at] = (copy[place + at] as number) ^ 1;
  return copy;
}

describe.each([process.versions.node, ...OTHER_NODE_VERSIONS])('on Node.js %s', (release) => {
  let node = process.execPath;
  let missing: string | null = null;
  beforeAll(async () => {
    if (release === process.versions.node) return;
    ({ path: node, missing } = await nodeBinary(release));
  }, NODE_INSTALL_TIMEOUT_MS);

  it.for(VERSIONS)('a session is resumed by both threads (%s)', async (version, { skip }) => {
    if (missing !== null) skip(missing);
    const threads = await start(node);
    const [one, other] = threads.ports;
    for (const servername of ['a.test', 'b.w.test', 'unknown.test', '']) {
      const first = await meet(one, { version, servername });
      // Of another type of key than the default, which Node of before 24 would mix up.
      expect(first.commonName).toBe(servername.match(/^[ab]\./) === null ? 'default.test' : 'a.test');
      for (const port of [other, one]) await resume(port, first, { version, servername });
    }
    expect(await threads.results()).toEqual([
      Array(4).fill(['ok', 'resumed']).flat(),
      Array(4).fill('resumed'),
    ]);
    expect(await threads.close()).toEqual({ code: 0, signal: null });
  });

  it.for(VERSIONS)(
    'a session outlives one rotation of the keys, and not two (%s)',
    async (version, { skip }) => {
      if (missing !== null) skip(missing);
      const threads = await start(node);
      const [one, other] = threads.ports;
      const options = { version, servername: 'a.test' };
      const first = await meet(one, options);
      await threads.rotate();
      const renewed = await resume(other, first, options);
      await threads.rotate();
      expect((await askTls(other, { ...options, session: first.session })).reused).toBe(false);
      // Used at least once between two rotations, a session goes on.
      let last = await resume(one, renewed, options);
      for (let i = 0; i < 4; i++) {
        await threads.rotate();
        last = await resume(threads.ports[i & 1] as number, last, options);
      }
    },
  );

  it.for(VERSIONS)(
    'one session serves many connections over both threads (%s)',
    async (version, { skip }) => {
      if (missing !== null) skip(missing);
      const threads = await start(node);
      const options = { version, servername: 'a.test' };
      const { session } = await meet(threads.ports[0], options);
      await threads.results();
      const answers = await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, i) =>
          askTls(threads.ports[i & 1] as number, { ...options, session }),
        ),
      );
      expect(answers.filter(({ reused }) => reused)).toHaveLength(CONNECTIONS);
      const half = Array(CONNECTIONS / 2).fill('resumed');
      expect(await threads.results()).toEqual([half, half]);
    },
  );

  it.for(VERSIONS)(
    'a session of another process, or a forged one, means a full handshake (%s)',
    async (version, { skip }) => {
      if (missing !== null) skip(missing);
      const [here, there] = [await start(node), await start(node)];
      const options = { version, servername: 'a.test' };
      const { session } = await meet(there.ports[0], options);
      expect((await askTls(here.ports[0], { ...options, session })).reused).toBe(false);
      const own = await meet(here.ports[0], options);
      for (const at of [16, 40, 100]) {
        // In the start value, in what is encrypted: all of it is covered by the HMAC.
        const session = spoiled(own, at);
        expect((await askTls(here.ports[1], { ...options, session })).reused).toBe(false);
      }
      await resume(here.ports[1], own, options);
      expect(await here.results()).toEqual([
        ['ok', 'ok'],
        ['ok', 'ok', 'ok', 'resumed'],
      ]);
    },
  );

  it.for(VERSIONS)(
    'what OpenSSL does with a session under another name is known (%s)',
    async (version, { skip }) => {
      if (missing !== null) skip(missing);
      const threads = await start(node);
      const { session } = await meet(threads.ports[0], { version, servername: 'a.test' });
      const answer = await askTls(threads.ports[1], { version, servername: 'b.w.test', session });
      // It resumes, and sends no certificate: the client goes on trusting the one that it saw, or does not offer the session.
      expect([answer.reused, answer.commonName]).toEqual([true, '']);
    },
  );
});

requireProgram('openssl')('openssl s_client', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-sessions-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ])('resumes at one thread what it began at the other (%s)', async (flag, version) => {
    const threads = await start();
    const file = join(folder, version);
    const args = [flag, '-servername', 'a.test'];
    // It waits for an echo: under TLS 1.3, tickets come after the handshake.
    const first = await opensslClient(threads.ports[0], [...args, '-sess_out', file], 'an echo');
    expect(first.output).toMatch(new RegExp(`^New, ${version}`, 'm'));
    const again = await opensslClient(threads.ports[1], [...args, '-sess_in', file], 'an echo');
    expect(again.output).toMatch(new RegExp(`^Reused, ${version}`, 'm'));
    expect(await threads.results()).toEqual([['ok'], ['resumed']]);
  });

  it('reconnects five times with the session that it got', async () => {
    const threads = await start();
    for (const port of threads.ports) {
      // Not under TLS 1.3: it does not wait for a ticket before it reconnects.
      const { output } = await opensslClient(port, ['-tls1_2', '-servername', 'a.test', '-reconnect']);
      expect(output.match(/^New, /gm)).toHaveLength(1);
      expect(output.match(/^Reused, /gm)).toHaveLength(5);
    }
    expect(await threads.results()).toEqual([
      ['ok', ...Array(5).fill('resumed')],
      ['ok', ...Array(5).fill('resumed')],
    ]);
  });
});
