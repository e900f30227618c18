import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSnapshot,
  digestOf,
  encodeContent,
  openStored,
  SNAPSHOT_SCHEMA,
  seal,
} from '../../../../src/bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../../../src/bridge/snapshot/content.ts';
import { penstock } from '../../../../src/bridge/snapshot/gen/snapshot.js';
import type { Snapshot } from '../../../../src/bridge/snapshot/model.ts';
import { AddressRanges } from '../../../../src/kit/address-ranges.ts';
import { PenstockError } from '../../../../src/kit/errors.ts';
import { snapshotContent } from '../../../support/snapshot-content.ts';

const sealed = (content: SnapshotContent, version = 1): Uint8Array =>
  seal(encodeContent(content), version, 1_700_000_000_000).bytes;

const emptyContent = (): SnapshotContent =>
  fc.sample(snapshotContent, { seed: 1, numRuns: 1 })[0] as SnapshotContent;

/** Everything that a snapshot holds, asked for part by part. */
function readWhole(snapshot: Snapshot): object {
  const all = <T>(count: number, at: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => at(i));
  return {
    listeners: snapshot.listeners,
    limits: snapshot.limits,
    timeouts: snapshot.timeouts,
    engine: snapshot.engine,
    http2: snapshot.http2,
    trustedProxies: snapshot.trustedProxies,
    accessLog: snapshot.accessLog,
    httpsPort: snapshot.httpsPort,
    routeTable: snapshot.routeTable,
    routes: all(snapshot.routeCount, (index) => snapshot.route(index)),
    services: all(snapshot.serviceCount, (index) => snapshot.service(index)),
    certificates: all(snapshot.certificateCount, (index) => snapshot.certificate(index)),
    defaultCertificate: snapshot.defaultCertificate,
  };
}

function expected(content: SnapshotContent): object {
  const { serverNames, defaultCertificate, ...rest } = content;
  return {
    ...rest,
    defaultCertificate: defaultCertificate === null ? null : content.certificates[defaultCertificate],
  };
}

/** Runs `act`; the error must be the one kind that is promised, with its code and a sentence. */
function expectDamage(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PenstockError);
    expect((error as PenstockError).code).toBe('PENSTOCK_SNAPSHOT_INVALID');
    expect((error as PenstockError).message).toMatch(/^the snapshot /);
    return;
  }
  throw new Error('nothing was thrown');
}

/** Version and time are none of the content: bytes that lack or change them may open, and hold every value then. */
function expectWholeOrDamage(bytes: Uint8Array, content: SnapshotContent): void {
  let snapshot: Snapshot | null = null;
  try {
    snapshot = openStored(bytes);
  } catch {
    expectDamage(() => openStored(bytes));
  }
  if (snapshot !== null) expect(readWhole(snapshot)).toEqual(expected(content));
}

describe('the snapshot codec', () => {
  it('gives back every value of any content', () => {
    fc.assert(
      fc.property(snapshotContent, fc.integer({ min: 1, max: 2 ** 32 - 1 }), (content, version) => {
        const snapshot = openStored(sealed(content, version));
        expect(readWhole(snapshot)).toEqual(expected(content));
        expect(snapshot.version).toBe(version);
        for (const [name, index] of content.serverNames) {
          expect(snapshot.certificateFor(name)?.certificate).toEqual(content.certificates[index]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same from memory that threads share', () => {
    fc.assert(
      fc.property(snapshotContent, (content) => {
        const bytes = sealed(content);
        const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
        shared.set(bytes);
        expect(readWhole(decodeSnapshot(shared))).toEqual(expected(content));
      }),
      { numRuns: 50 },
    );
  });

  it('gives equal contents equal digests, whatever their version, and others another', () => {
    fc.assert(
      fc.property(snapshotContent, snapshotContent, (one, other) => {
        const bytes = encodeContent(one);
        expect(seal(bytes, 1, 0).digest).toBe(seal(encodeContent(one), 9, 9).digest);
        expect(digestOf(bytes) === digestOf(encodeContent(other))).toBe(
          Buffer.compare(bytes, encodeContent(other)) === 0,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('carries TLS settings once for all services that say the same', () => {
    const [sample] = fc
      .sample(snapshotContent, { seed: 3, numRuns: 100 })
      .filter(({ services }) => services.length > 2);
    const content = sample as SnapshotContent;
    const tls = { serverName: '', caPem: 'x'.repeat(100_000), verify: true, certPem: '', keyPem: '' };
    const services = content.services.map((service, index) => ({
      ...service,
      tls: index === 0 ? null : { ...tls, verify: index > 1 },
    }));
    const [one, two] = [services, services.slice(0, 2)].map((list) => [...list, ...list, ...list]);
    const bytes = sealed({ ...content, routes: [], services: one! });
    expect(bytes.length).toBeLessThan(250_000);
    const snapshot = decodeSnapshot(bytes);
    expect(snapshot.service(0).tls).toBeNull();
    expect(snapshot.service(1).tls).toEqual({ ...tls, verify: false });
    expect(snapshot.service(2).tls).toEqual(tls);
    // The very object: what a worker makes of it is kept by it.
    expect(snapshot.service(4).tls).toBe(snapshot.service(1).tls);
    expect(sealed({ ...content, routes: [], services: two! }).length).toBeLessThan(150_000);
  });

  it('finds names by exact name first, then by a wildcard of one label', () => {
    const base = emptyContent();
    const certificate = (id: string) => ({
      id,
      hosts: [],
      chainPem: '',
      keyPem: '',
      notAfterMs: 0,
      source: 'manual' as const,
      origin: { file: 'f', line: 1, column: 1 },
    });
    const snapshot = decodeSnapshot(
      sealed({
        ...base,
        certificates: [certificate('exact'), certificate('wild')],
        serverNames: new Map([
          ['a.example.com', 0],
          ['*.example.com', 1],
        ]),
        defaultCertificate: null,
      }),
    );
    const served = (name: string): readonly [string, string] | null => {
      const found = snapshot.certificateFor(name);
      return found === null ? null : [found.pattern, found.certificate.id];
    };
    expect(served('a.example.com')).toEqual(['a.example.com', 'exact']);
    expect(served('b.example.com')).toEqual(['*.example.com', 'wild']);
    for (const name of ['example.com', 'x.b.example.com', '.example.com', 'com', '', 'a.example.co']) {
      expect({ name, served: served(name) }).toEqual({ name, served: null });
    }
    expect(snapshot.serverNamesUnder('example.com')).toEqual(['a.example.com']);
  });
});

describe('bytes that are not a sound snapshot', () => {
  it('are told by their digest, wherever a byte was changed, cut off or added', () => {
    fc.assert(
      fc.property(snapshotContent, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, change) => {
        const bytes = sealed(content).slice();
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ change;
        expectWholeOrDamage(bytes, content);
        expectWholeOrDamage(sealed(content).subarray(0, place), content);
      }),
      { numRuns: 300 },
    );
  });

  it('are whole where only the time of the publication was cut off', () => {
    const content = emptyContent();
    const withoutTime = seal(encodeContent(content), 1, 0).bytes.length;
    expect(withoutTime).toBeLessThan(sealed(content).length);
    expect(readWhole(openStored(sealed(content).subarray(0, withoutTime)))).toEqual(expected(content));
  });

  it('throw nothing but that one error where the digest fits, and nothing later', () => {
    fc.assert(
      fc.property(
        snapshotContent,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }),
        (content, changes) => {
          const bytes = encodeContent(content).slice();
          for (const [at, change] of changes) {
            const place = at % bytes.length;
            bytes[place] = (bytes[place] as number) ^ change;
          }
          let snapshot: Snapshot;
          try {
            snapshot = openStored(seal(bytes, 1, 0).bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(PenstockError);
            return;
          }
          readWhole(snapshot);
          snapshot.certificateFor('a.b');
          snapshot.serverNamesUnder('b');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of any kind throw nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectDamage(() => openStored(bytes));
      }),
    );
  });

  it('of a newer schema are refused with both numbers', () => {
    const content = encodeContent(emptyContent());
    const bytes = penstock.v1.Envelope.encode({
      schema: SNAPSHOT_SCHEMA + 1,
      version: 1,
      digest: Buffer.from(digestOf(content), 'hex'),
      content,
    }).finish();
    expect(() => decodeSnapshot(bytes)).toThrow(
      `the snapshot is damaged: schema ${SNAPSHOT_SCHEMA + 1} is newer than ${SNAPSHOT_SCHEMA}`,
    );
  });

  it('that hold a text which is no UTF-8, or is cut off, are refused; the replacement character itself is a text', () => {
    const [content] = fc
      .sample(snapshotContent, { seed: 7, numRuns: 200 })
      .filter(({ routes }) => routes.length > 0);
    const { routes, ...rest } = content as SnapshotContent;
    const named = (name: string): Uint8Array =>
      encodeContent({ ...rest, routes: routes.map((route) => ({ ...route, name })) });
    const open = (bytes: Uint8Array): Snapshot => openStored(seal(bytes, 1, 0).bytes);
    expect(open(named('a\ufffdb')).route(0).name).toBe('a\ufffdb');
    expect(open(named('ünï😀')).route(0).name).toBe('ünï😀');
    const damages: readonly (readonly [at: number, octet: number])[] = [
      [0, 0xff],
      [-1, 0x7f],
    ];
    for (const [at, octet] of damages) {
      const bytes = Buffer.from(named('needle'));
      bytes[bytes.indexOf('needle') + at] = octet;
      expect(() => open(bytes)).toThrow('one of its parts cannot be decoded');
    }
  });

  it('whose lists do not ascend are refused before anything is read from them', () => {
    const [content] = fc
      .sample(snapshotContent, { seed: 7, numRuns: 200 })
      .filter(({ routes, services }) => routes.length > 1 && services.length > 1);
    for (const list of ['routes', 'services'] as const) {
      const message = penstock.v1.Snapshot.decode(encodeContent(content as SnapshotContent));
      const offsets = Buffer.from(message[list]?.offsets ?? []);
      offsets.writeUInt32LE(offsets.readUInt32LE(offsets.length - 4) + 1, 4);
      message[list]!.offsets = offsets;
      const bytes = seal(penstock.v1.Snapshot.encode(message).finish(), 1, 0).bytes;
      expect(() => openStored(bytes)).toThrow('the offsets of a list do not ascend');
    }
  });

  it('whose parts lead nowhere are refused with what is missing', () => {
    const base = { ...emptyContent(), routes: [], services: [], certificates: [], serverNames: new Map() };
    const damaged = (change: Partial<SnapshotContent>): Uint8Array => sealed({ ...base, ...change });
    expect(() =>
      openStored(damaged({ serverNames: new Map([['a.b', 0]]), defaultCertificate: null })),
    ).toThrow('a name is served by a certificate that is not there');
    expect(() => openStored(damaged({ defaultCertificate: 3 }))).toThrow(
      'a name is served by a certificate that is not there',
    );
    const [withRoute] = fc
      .sample(snapshotContent, { seed: 7, numRuns: 200 })
      .filter(({ routes }) => routes.some(({ action }) => action.kind === 'service'));
    const content = withRoute as SnapshotContent;
    expect(() => openStored(sealed({ ...content, services: [] }))).toThrow(
      /leads to a service|is split among/,
    );
    expect(() => openStored(sealed({ ...content, routes: [] }))).toThrow(
      /its route table is for \d+ routes, but/,
    );
    // A list that lost its ranges would let in whom it keeps out.
    const lost = { cidrs: [], words: AddressRanges.of(['10.0.0.0/8']).words } as unknown as AddressRanges;
    const routes = content.routes.map((route) => ({ ...route, access: { allow: null, deny: lost } }));
    expect(() => openStored(sealed({ ...content, routes }))).toThrow(
      'the words of an access list are damaged',
    );
    // A limit without a rate would let nothing pass, or everything.
    const limit = {
      name: 'ip',
      requestsPerSecond: 1,
      burst: 1,
      by: 'ip',
      header: '',
      seed0: 1,
      seed1: 2,
    } as const;
    for (const damage of [
      { requestsPerSecond: 0 },
      { requestsPerSecond: Number.NaN },
      { requestsPerSecond: 1e9 },
      { burst: 0 },
      { burst: 2_000_000 },
      { requestsPerSecond: 1e-9 },
    ]) {
      const limited = content.routes.map((route) => ({ ...route, rateLimits: [{ ...limit, ...damage }] }));
      expect(() => openStored(sealed({ ...content, routes: limited }))).toThrow('a rate limit is damaged');
    }
  });
});
