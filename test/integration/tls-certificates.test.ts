/** Which certificate a client gets from TLS on Node's sockets, and what a change of certificates does to it. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TICKET_KEYS_BUFFER_BYTES } from '../../src/bridge/memory/ticket-keys.ts';
import { decodeSnapshot } from '../../src/bridge/snapshot/codec.ts';
import type { Certificate, Snapshot } from '../../src/bridge/snapshot/model.ts';
import {
  CertificateContexts,
  type ServedCertificates,
} from '../../src/worker/listener/node/certificate-contexts.ts';
import { type KeyType, type MadeCertificate, makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { opensslClient } from '../support/openssl-client.ts';
import { requireProgram } from '../support/programs.ts';
import { askTls, echo, TlsBed } from '../support/tls-bed.ts';
import { type TlsSnapshotWish, tlsSnapshot, tlsSnapshotBytes } from '../support/tls-snapshot.ts';
import { waitFor } from '../support/wait-for.ts';

let fallback: MadeCertificate;
let exact: MadeCertificate;
let wild: MadeCertificate;
let other: MadeCertificate;

beforeAll(async () => {
  const issuer = await makeAuthority();
  fallback = await makeCertificate({ hosts: ['default.test'] });
  exact = await makeCertificate({ hosts: ['a.w.test'], issuer });
  wild = await makeCertificate({ hosts: ['*.w.test'], keyType: 'rsa' });
  other = await makeCertificate({ hosts: ['other.test'] });
});

const beds: TlsBed[] = [];
afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.close();
});

async function open(wish: Partial<TlsSnapshotWish> = {}): Promise<TlsBed> {
  const bed = await TlsBed.open({ snapshot: tlsSnapshot({ fallback, ...wish }) });
  beds.push(bed);
  return bed;
}

const served = (): Record<string, MadeCertificate> => ({ 'a.w.test': exact, '*.w.test': wild });

/** The same certificates under other ids: for a server, each of them was replaced. */
function renamed(snapshot: Snapshot, change: number): ServedCertificates {
  const other = (certificate: Certificate): Certificate => ({
    ...certificate,
    id: `${change} ${certificate.id}`,
  });
  return {
    defaultCertificate: snapshot.defaultCertificate && other(snapshot.defaultCertificate),
    certificateFor: (name) => {
      const found = snapshot.certificateFor(name);
      return found && { pattern: found.pattern, certificate: other(found.certificate) };
    },
  };
}

/** Node has no call for it without a flag at its start. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

function countLeft(references: readonly WeakRef<object>[]): number {
  collectGarbage();
  return references.filter((reference) => reference.deref() !== undefined).length;
}

describe('the certificate', () => {
  it.each([
    ['an exact name', 'a.w.test', 'a.w.test'],
    ['an exact name in mixed case', 'A.w.TEST', 'a.w.test'],
    ['a wildcard of one label', 'b.w.test', '*.w.test'],
    ['a wildcard in mixed case', 'B.W.Test', '*.w.test'],
    ['a trailing dot', 'a.w.test.', 'a.w.test'],
    ['no wildcard over two labels', 'c.b.w.test', 'default.test'],
    ['no wildcard over none', 'w.test', 'default.test'],
    ['an unknown name', 'nobody.test', 'default.test'],
    ['no name', '', 'default.test'],
  ])('is that of %s (%s: %s)', async (_what, servername, commonName) => {
    const bed = await open({ served: served() });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect((await askTls(bed.port, { servername, version })).commonName).toBe(commonName);
    }
    expect(bed.results).toEqual(['ok', 'ok']);
  });

  it.each<[KeyType, KeyType]>([
    ['ec', 'rsa'],
    ['ec', 'ec384'],
    ['ec', 'ed25519'],
    ['rsa', 'ec'],
    ['rsa', 'ed25519'],
    ['ed25519', 'rsa'],
  ])('is that of the name with a default of type %s and one of type %s', async (ofDefault, ofName) => {
    const bed = await open({
      fallback: await makeCertificate({ hosts: ['default.test'], keyType: ofDefault }),
      served: { 'a.test': await makeCertificate({ hosts: ['a.test'], keyType: ofName }) },
    });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const [servername, commonName] of [
        ['a.test', 'a.test'],
        ['', 'default.test'],
      ] as const) {
        expect((await askTls(bed.port, { servername, version })).commonName).toBe(commonName);
      }
    }
  });

  it('that cannot be loaded is reported once and the default one served, until it is mended', async () => {
    const broken = { certPem: exact.certPem, keyPem: other.keyPem };
    const bed = await open({ served: { 'a.w.test': broken } });
    for (let i = 0; i < 3; i++) {
      expect((await askTls(bed.port, { servername: 'a.w.test' })).commonName).toBe('default.test');
    }
    expect(bed.reports).toEqual([expect.stringContaining('the certificate of a.w.test cannot be served: ')]);
    expect(bed.reports.join()).not.toContain('PRIVATE');
    bed.server.adopt(tlsSnapshot({ fallback, served: { 'a.w.test': exact } }));
    expect((await askTls(bed.port, { servername: 'a.w.test' })).commonName).toBe('a.w.test');
  });

  it('for unknown names stays what it was where the new one cannot be loaded', async () => {
    const bed = await open();
    bed.server.adopt(tlsSnapshot({ fallback: { certPem: other.certPem, keyPem: exact.keyPem } }));
    expect((await askTls(bed.port)).commonName).toBe('default.test');
    expect(bed.reports).toEqual([expect.stringContaining('the default certificate cannot be served: ')]);
    bed.server.adopt(tlsSnapshot({ fallback: null }));
    expect((await askTls(bed.port)).commonName).toBe('default.test');
  });

  it('costs a worker at most 4 KB before anybody asks for it: its bytes, which all workers share', async () => {
    const count = 2_000;
    const names = Array.from({ length: count }, (_, i) => `name-${i}.w.test`);
    const bytes = tlsSnapshotBytes({
      fallback,
      served: Object.fromEntries(names.map((name) => [name, exact])),
    });
    const bed = await open();
    const taken = (): number => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = taken();
    bed.server.adopt(decodeSnapshot(bytes));
    const heap = (taken() - before) / count;
    console.log(`a certificate: ${(bytes.length / count).toFixed(0)} B shared, ${heap.toFixed(1)} B of heap`);
    expect(exact.certPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(bytes.length / count + heap).toBeLessThan(4_096);
    expect(heap).toBeLessThan(64);
    expect((await askTls(bed.port, { servername: names[count - 1] ?? '' })).commonName).toBe('a.w.test');
  });

  it('may be missing: connections are closed, until there is one', async () => {
    const bed = await open({ fallback: null });
    await expect(askTls(bed.port)).rejects.toThrow();
    bed.server.adopt(tlsSnapshot({ fallback }));
    expect((await askTls(bed.port)).commonName).toBe('default.test');
    expect(bed.results).toEqual(['failed', 'ok']);
  });

  it('is replaced for the next handshake, and connections of before go on', async () => {
    const bed = await open({ served: { 'a.test': exact } });
    const kept = [
      await askTls(bed.port, { servername: 'a.test', keep: true }),
      await askTls(bed.port, { servername: 'unknown.test', keep: true }),
    ];
    bed.server.adopt(tlsSnapshot({ fallback: other, served: { 'a.test': wild } }));
    expect((await askTls(bed.port, { servername: 'a.test' })).commonName).toBe('*.w.test');
    expect((await askTls(bed.port, { servername: 'unknown.test' })).commonName).toBe('other.test');
    bed.server.adopt(tlsSnapshot({ fallback: other }));
    expect((await askTls(bed.port, { servername: 'a.test' })).commonName).toBe('other.test');
    for (const { socket } of kept) {
      expect(await echo(socket, 'still here')).toBe('still here');
      socket.destroy();
    }
  });

  it('may change all the time under load: every handshake gets one, and connections go on', async () => {
    const bed = await open();
    const kept = await askTls(bed.port, { servername: 'a.test', keep: true });
    const snapshots = [
      tlsSnapshot({ fallback, served: { 'a.test': exact } }),
      tlsSnapshot({ fallback: other, served: { 'a.test': wild } }),
    ];
    let changes = 0;
    const change = (): void => bed.server.adopt(renamed(snapshots[changes & 1] as Snapshot, changes++));
    change();
    const timer = setInterval(change, 5);
    for (let i = 0; i < 50; i++) {
      const answers = await Promise.all(
        ['a.test', 'A.test', 'unknown.test', ''].map((servername) => askTls(bed.port, { servername })),
      );
      const names = answers.map(({ commonName }) => commonName);
      for (const name of names.slice(0, 2)) expect(['a.w.test', '*.w.test']).toContain(name);
      for (const name of names.slice(2)) expect(['default.test', 'other.test']).toContain(name);
    }
    clearInterval(timer);
    expect(await echo(kept.socket, 'still here')).toBe('still here');
    kept.socket.destroy();
    expect(new Set(bed.results)).toEqual(new Set(['ok']));
    expect(bed.reports).toEqual([]);
  });

  it('is let go of when it was replaced', async () => {
    const contexts = new CertificateContexts(
      tlsSnapshot({ fallback }),
      new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES),
      () => {},
    );
    const snapshot = tlsSnapshot({ fallback, served: { 'a.test': exact } });
    const made: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) {
      contexts.adopt(renamed(snapshot, i));
      for (const context of [contexts.forName('a.test'), contexts.fallback()]) {
        made.push(new WeakRef(context as object));
      }
    }
    // Those of now are still there.
    await waitFor(() => countLeft(made) === 2, { what: 'the other 38 contexts to be collected' });
    expect(contexts.forName('a.test')).not.toBeNull();
  });

  it('and all else of a connection is let go of with it', async () => {
    const bed = await open({ served: { 'a.test': exact } });
    for (let i = 0; i < 20; i++) await askTls(bed.port, { servername: 'a.test' });
    await bed.ended(20);
    const sockets = bed.secured.splice(0).map(({ socket }) => new WeakRef(socket));
    expect(sockets).toHaveLength(20);
    // One of them may lie in a register or in a timer's list for some time.
    await waitFor(() => countLeft(sockets) <= 1, { what: 'the sockets to be collected' });
  });

  it('of a handshake under way is that of the snapshot when the name is read', async () => {
    const before = tlsSnapshot({ fallback, served: { 'a.test': exact } });
    const after = tlsSnapshot({ fallback, served: { 'a.test': wild } });
    const bed = await TlsBed.open({
      snapshot: before,
      accept: (server, socket) => {
        server.accept(socket, null, undefined);
        server.adopt(after);
      },
    });
    beds.push(bed);
    expect((await askTls(bed.port, { servername: 'a.test' })).commonName).toBe('*.w.test');
  });
});

requireProgram('openssl')('for openssl', () => {
  it('the certificate is the default one where an address stands for the name', async () => {
    const bed = await open({ served: served() });
    const { status, output } = await opensslClient(bed.port, ['-servername', '127.0.0.1']);
    expect([status, /subject=CN = (.*)/.exec(output)?.[1]]).toEqual([0, 'default.test']);
  });

  it('the certificate comes with its chain and nothing else', async () => {
    const bed = await open({ served: served() });
    const { output } = await opensslClient(bed.port, ['-servername', 'a.w.test', '-showcerts']);
    expect(output.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});
