/**
 * Snapshot to bytes and back. Both threads. Encoding happens in the primary; decoding in every worker reads the top
 * level only and leaves routes, services and certificates packed until they are asked for, so that adopting a snapshot
 * costs the same whatever its size. Bytes from a file are checked (digest, offsets, tables) before they are believed.
 */

import { createHash } from 'node:crypto';
import { PenstockError } from '../../kit/errors.ts';
import { checkParts } from './check-parts.ts';
import {
  decodeCertificate,
  decodeUpstreamTls,
  encodeCertificate,
  encodeUpstreamTls,
} from './codec-certificates.ts';
import {
  decodeRoute,
  decodeService,
  decodeServiceIdentity,
  encodeRoute,
  encodeService,
  FileNames,
  TlsNumbers,
  uint64,
} from './codec-parts.ts';
import type { SnapshotContent } from './content.ts';
import { penstock } from './gen/snapshot.js';
import type {
  Certificate,
  Engine,
  Listener,
  Route,
  ServedName,
  Service,
  ServiceIdentity,
  Snapshot,
  UpstreamTls,
} from './model.ts';
import {
  bytesToWord,
  isAscending,
  isPacked,
  type Packed,
  pack,
  packedCount,
  packedItem,
  wordAt,
  wordBytes,
  wordCount,
  wordsOf,
} from './packed.ts';
import { checkRouteTable } from './route-table.ts';

const wire = penstock.v1;

const NO_CERTIFICATE = 'a name is served by a certificate that is not there';
const ENGINES: readonly Engine[] = ['auto', 'uws', 'node'];
/** For snapshots from before there was such a limit. */
const DEFAULT_KEEPALIVE_MS = 60_000;

/** The form of `content` that this program writes and the highest that it reads. */
export const SNAPSHOT_SCHEMA = 1;

export interface Sealed {
  readonly version: number;
  /** Lower-case hex. */
  readonly digest: string;
  /** An encoded Envelope. */
  readonly bytes: Uint8Array;
}

/** The content alone, in wire form: what the digest is over. */
export function encodeContent(content: SnapshotContent): Uint8Array {
  const files = new FileNames();
  const routes = pack(content.routes.map((route) => encodeRoute(route, files)));
  const tls = new TlsNumbers();
  const services = pack(content.services.map((service) => encodeService(service, files, tls)));
  const certificates = pack(content.certificates.map((certificate) => encodeCertificate(certificate, files)));
  const names = [...content.serverNames.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return wire.Snapshot.encode({
    listeners: [...content.listeners],
    limits: content.limits,
    timeouts: { ...content.timeouts, keepaliveMs: content.timeouts.keepAliveMs },
    engine: ENGINES.indexOf(content.engine),
    http2: content.http2,
    trustedProxies: [...content.trustedProxies],
    accessLog: content.accessLog.target,
    logFormat:
      content.accessLog.format === 'json' ? wire.LogFormat.LOG_FORMAT_JSON : wire.LogFormat.LOG_FORMAT_TEXT,
    httpsPort: content.httpsPort,
    routeTable: { words: wordBytes(content.routeTable.words) },
    routes,
    services,
    upstreamTls: pack(tls.settings.map(encodeUpstreamTls)),
    certificates,
    serverNames: pack(names.map(([name]) => Buffer.from(name, 'latin1'))),
    serverNameCertificates: wordBytes(Uint32Array.from(names, ([, index]) => index)),
    defaultCertificate: content.defaultCertificate === null ? 0 : content.defaultCertificate + 1,
    files: files.names,
  }).finish();
}

export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Numbers and wraps a content. `publishedMs`: milliseconds since the epoch. */
export function seal(content: Uint8Array, version: number, publishedMs: number): Sealed {
  const digest = digestOf(content);
  const bytes = wire.Envelope.encode({
    schema: SNAPSHOT_SCHEMA,
    version,
    digest: Buffer.from(digest, 'hex'),
    content,
    publishedMs,
  }).finish();
  return { version, digest, bytes };
}

/**
 * How many bytes should precede an envelope in memory that begins at a multiple of 4: its route table is read where it lies then, and copied
 * otherwise.
 */
export function envelopePadding(envelope: Uint8Array): number {
  const { content } = wire.Envelope.decode(envelope);
  const words = wire.Snapshot.decode(content).routeTable?.words;
  return words ? bytesToWord(words.byteOffset - envelope.byteOffset) : 0;
}

const broken = (what: string): PenstockError =>
  new PenstockError('PENSTOCK_SNAPSHOT_INVALID', `the snapshot is damaged: ${what}`);

/**
 * Bytes from outside the process: checks the digest over the whole content before it is decoded.
 * @throws PenstockError PENSTOCK_SNAPSHOT_INVALID
 */
export function openStored(bytes: Uint8Array): Snapshot {
  let envelope: penstock.v1.Envelope.$Properties;
  try {
    envelope = wire.Envelope.decode(bytes);
  } catch (cause) {
    throw new PenstockError('PENSTOCK_SNAPSHOT_INVALID', 'the snapshot is not a protobuf envelope', {
      cause,
    });
  }
  const claimed = Buffer.from(envelope.digest ?? []).toString('hex');
  if (digestOf(envelope.content ?? new Uint8Array()) !== claimed) throw broken('its digest does not match');
  const snapshot = decode(bytes);
  // Only here: what the primary of this process has just compiled needs no second look in every worker.
  const problem = snapshot.check() ?? checkRouteTable(snapshot.routeTable) ?? checkParts(snapshot);
  if (problem !== null) throw broken(problem);
  return snapshot;
}

/**
 * Decodes the top level of an envelope. The parts stay views of `bytes`, which must not change afterwards.
 * @throws PenstockError PENSTOCK_SNAPSHOT_INVALID where the bytes are not a snapshot that this program can serve
 */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  return decode(bytes);
}

function decode(bytes: Uint8Array): DecodedSnapshot {
  try {
    const envelope = wire.Envelope.decode(bytes);
    if ((envelope.schema ?? 0) > SNAPSHOT_SCHEMA) {
      throw broken(
        `schema ${envelope.schema} is newer than ${SNAPSHOT_SCHEMA}, the newest that this version reads`,
      );
    }
    return new DecodedSnapshot(envelope, wire.Snapshot.decode(envelope.content ?? new Uint8Array()));
  } catch (cause) {
    if (cause instanceof PenstockError) throw cause;
    throw new PenstockError('PENSTOCK_SNAPSHOT_INVALID', 'the snapshot cannot be decoded', { cause });
  }
}

const NO_BYTES = new Uint8Array();

const packedField = (field: penstock.v1.Packed.$Properties | null | undefined, name: string): Packed => {
  const packed = { offsets: field?.offsets ?? NO_BYTES, data: field?.data ?? NO_BYTES };
  if (!isPacked(packed)) throw broken(`the offsets of ${name} are wrong`);
  return packed;
};

/** A class, since it owns the lazily filled parts. One shape, so that the request path stays monomorphic. */
class DecodedSnapshot implements Snapshot {
  readonly version: number;
  readonly digest: string;
  readonly listeners: readonly Listener[];
  readonly limits: Snapshot['limits'];
  readonly timeouts: Snapshot['timeouts'];
  readonly engine: Engine;
  readonly http2: boolean;
  readonly trustedProxies: readonly string[];
  readonly accessLog: Snapshot['accessLog'];
  readonly httpsPort: number;
  readonly routeTable: Snapshot['routeTable'];
  readonly routeCount: number;
  readonly serviceCount: number;
  readonly certificateCount: number;
  readonly defaultCertificate: Certificate | null;
  readonly #files: readonly string[];
  readonly #packedRoutes: Packed;
  readonly #packedServices: Packed;
  readonly #packedCertificates: Packed;
  readonly #packedTls: Packed;
  readonly #serverNames: Packed;
  /** Words: the certificate of each of them. */
  readonly #serverNameCertificates: Uint8Array;
  // Filled as they are hit. Maps, not arrays with holes: a lookup of an unhit index must not slow the hit ones.
  readonly #routes = new Map<number, Route>();
  readonly #services = new Map<number, Service>();
  readonly #certificates = new Map<number, Certificate>();
  readonly #tls = new Map<number, UpstreamTls>();

  constructor(envelope: penstock.v1.Envelope.$Properties, message: penstock.v1.Snapshot.$Properties) {
    this.version = envelope.version ?? 0;
    this.digest = Buffer.from(envelope.digest ?? []).toString('hex');
    this.listeners = (message.listeners ?? []).map((listener) =>
      Object.freeze({
        id: listener.id ?? '',
        tls: listener.tls ?? false,
        host: listener.host ?? '',
        port: listener.port ?? 0,
      }),
    );
    const { limits, timeouts } = message;
    this.limits = Object.freeze({
      headerBytes: uint64(limits?.headerBytes),
      bodyBytes: uint64(limits?.bodyBytes),
      connections: uint64(limits?.connections),
      connectionsPerAddress: limits?.connectionsPerAddress ?? 0,
      urlBytes: uint64(limits?.urlBytes),
    });
    this.timeouts = Object.freeze({
      readMs: timeouts?.readMs ?? 0,
      writeMs: timeouts?.writeMs ?? 0,
      connectMs: timeouts?.connectMs ?? 0,
      responseMs: timeouts?.responseMs ?? 0,
      drainMs: timeouts?.drainMs ?? 0,
      keepAliveMs: timeouts?.keepaliveMs || DEFAULT_KEEPALIVE_MS,
    });
    this.engine = ENGINES[message.engine ?? 0] ?? 'auto';
    this.http2 = message.http2 ?? false;
    this.trustedProxies = message.trustedProxies ?? [];
    this.accessLog = Object.freeze({
      target: message.accessLog ?? '',
      format: message.logFormat === wire.LogFormat.LOG_FORMAT_JSON ? 'json' : 'text',
    });
    this.httpsPort = message.httpsPort ?? 0;
    this.#files = message.files ?? [];
    const words = wordsOf(message.routeTable?.words ?? NO_BYTES);
    if (words === null) throw broken('the route table is not made of words');
    this.routeTable = { words };
    this.#packedRoutes = packedField(message.routes, 'routes');
    this.#packedServices = packedField(message.services, 'services');
    this.#packedCertificates = packedField(message.certificates, 'certificates');
    // Absent in snapshots from before there were any.
    this.#packedTls = packedField(message.upstreamTls ?? pack([]), 'TLS settings');
    this.#serverNames = packedField(message.serverNames, 'server names');
    this.#serverNameCertificates = message.serverNameCertificates ?? NO_BYTES;
    if (wordCount(this.#serverNameCertificates) !== packedCount(this.#serverNames)) {
      throw broken('server names and their certificates do not fit');
    }
    this.routeCount = packedCount(this.#packedRoutes);
    this.serviceCount = packedCount(this.#packedServices);
    this.certificateCount = packedCount(this.#packedCertificates);
    const defaultCertificate = message.defaultCertificate ?? 0;
    if (defaultCertificate > this.certificateCount) throw broken(NO_CERTIFICATE);
    this.defaultCertificate = defaultCertificate === 0 ? null : this.certificate(defaultCertificate - 1);
  }

  /** What is wrong with the lists that are read by need, or null. Linear in all of them. */
  check(): string | null {
    const lists = [
      this.#packedRoutes,
      this.#packedServices,
      this.#packedCertificates,
      this.#packedTls,
      this.#serverNames,
    ];
    if (!lists.every(isAscending)) return 'the offsets of a list do not ascend';
    for (let i = 0; i < packedCount(this.#serverNames); i++)
      if (wordAt(this.#serverNameCertificates, i) >= this.certificateCount) return NO_CERTIFICATE;
    return null;
  }

  route(index: number): Route {
    const known = this.#routes.get(index);
    if (known !== undefined) return known;
    const route = decodeRoute(packedItem(this.#packedRoutes, index), index, this.#files);
    this.#routes.set(index, route);
    return route;
  }

  service(index: number): Service {
    const known = this.#services.get(index);
    if (known !== undefined) return known;
    const bytes = packedItem(this.#packedServices, index);
    const service = decodeService(bytes, index, this.#files, (number) => this.#upstreamTls(number - 1));
    this.#services.set(index, service);
    return service;
  }

  serviceIdentity(index: number): ServiceIdentity {
    return decodeServiceIdentity(packedItem(this.#packedServices, index));
  }

  /** One object for all services that share the settings: what is made of them is kept by it. */
  #upstreamTls(index: number): UpstreamTls {
    const known = this.#tls.get(index);
    if (known !== undefined) return known;
    if (index >= packedCount(this.#packedTls)) throw broken('a service has TLS settings that are not there');
    const tls = decodeUpstreamTls(packedItem(this.#packedTls, index));
    this.#tls.set(index, tls);
    return tls;
  }

  certificate(index: number): Certificate {
    const known = this.#certificates.get(index);
    if (known !== undefined) return known;
    const certificate = decodeCertificate(packedItem(this.#packedCertificates, index), this.#files);
    this.#certificates.set(index, certificate);
    return certificate;
  }

  certificateFor(serverName: string): ServedName | null {
    const exact = this.#findServerName(serverName);
    if (exact >= 0) return { pattern: serverName, certificate: this.certificate(exact) };
    const dot = serverName.indexOf('.');
    if (dot <= 0) return null;
    const pattern = `*${serverName.slice(dot)}`;
    const wildcard = this.#findServerName(pattern);
    return wildcard >= 0 ? { pattern, certificate: this.certificate(wildcard) } : null;
  }

  serverNamesUnder(parent: string): string[] {
    const suffix = `.${parent}`;
    const found: string[] = [];
    for (let i = 0; i < packedCount(this.#serverNames); i++) {
      const name = Buffer.from(packedItem(this.#serverNames, i)).toString('latin1');
      if (!name.endsWith(suffix) || name.startsWith('*')) continue;
      if (!name.slice(0, -suffix.length).includes('.')) found.push(name);
    }
    return found;
  }

  /** Binary search where the names lie; the index of the certificate, or -1. */
  #findServerName(name: string): number {
    const wanted = Buffer.from(name, 'latin1');
    let low = 0;
    let high = packedCount(this.#serverNames) - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = Buffer.compare(wanted, packedItem(this.#serverNames, middle));
      if (order === 0) return wordAt(this.#serverNameCertificates, middle);
      if (order < 0) high = middle - 1;
      else low = middle + 1;
    }
    return -1;
  }
}
