/**
 * What the store holds of each name. Primary thread.
 *
 *   certificates/<host>    JSON: chain and key of the certificate that serves, where and when it was obtained
 *   issuance/<host>        JSON: `NameRecord`
 *   orders/<host>          JSON: the key of an order that is under way
 *
 * What cannot be read is set aside and reported, and counts as absent. Every method rejects with a PenstockError where the store cannot be used.
 */

import { createHash, X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import type { Certificate } from '../../../bridge/snapshot/model.ts';
import { isRecord } from '../../../kit/is-record.ts';
import type { Store } from '../../store/store.ts';
import type { CertificatePair } from '../certificate-pair.ts';
import { decodeRecord, encodeRecord, type NameRecord } from './name-record.ts';

export const CERTIFICATES = 'certificates/';
export const ISSUANCE = 'issuance/';
const ORDERS = 'orders/';

/** A certificate as listeners serve it, from an authority. */
export type AutomaticCertificate = Omit<Certificate, 'source'> & { readonly source: 'acme' };

export interface KeptCertificate {
  readonly certificate: AutomaticCertificate;
  /** URL of the directory that it came from. */
  readonly directory: string;
  /** Names of the authority that signed it, for people. */
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly obtainedMs: number;
  readonly notBeforeMs: number;
}

/** Checked before it was stored. */
interface StoredCertificate {
  readonly host: string;
  /** Of chain and key. */
  readonly id: string;
  readonly chainPem: string;
  readonly keyPem: string;
  readonly directory: string;
  readonly issuer: string;
  readonly obtainedMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

interface StoredOrder {
  readonly order: string;
  readonly keyPem: string;
}

const VERSION = 1;
/** The same wherever the state directory is: the snapshot's digest must not depend on it. */
const ORIGIN = Object.freeze({ file: '<acme>', line: 1, column: 1 });

export class NameFiles {
  readonly #store: Store;
  readonly #log: Logger;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  async certificate(host: string): Promise<KeptCertificate | null> {
    const key = CERTIFICATES + host;
    const bytes = await this.#store.get(key);
    if (bytes === null) return null;
    const kept = readCertificate(bytes, host);
    if (kept === null) await this.#setAside(key, 'it is not as it was stored');
    return kept;
  }

  async putCertificate(
    host: string,
    pair: CertificatePair,
    directory: string,
    obtainedMs: number,
  ): Promise<KeptCertificate> {
    const { id, chainPem, keyPem, notBeforeMs, notAfterMs } = pair;
    const issuer = new X509Certificate(chainPem).issuer.replaceAll('\n', ', ');
    const stored = { host, id, chainPem, keyPem, directory, issuer, obtainedMs, notBeforeMs, notAfterMs };
    await this.#store.put(CERTIFICATES + host, encode({ ...stored, digest: digestOf(stored) }));
    return keptOf(stored);
  }

  async record(host: string): Promise<NameRecord | null> {
    const key = ISSUANCE + host;
    const bytes = await this.#store.get(key);
    if (bytes === null) return null;
    const record = decodeRecord(bytes);
    if (record === null) await this.#setAside(key, 'it does not say how far the name has come');
    return record;
  }

  async putRecord(host: string, record: NameRecord): Promise<void> {
    await this.#store.put(ISSUANCE + host, encodeRecord(record));
  }

  /** Null: none was stored for this order. */
  async orderKey(host: string, order: string): Promise<string | null> {
    const key = ORDERS + host;
    const bytes = await this.#store.get(key);
    if (bytes === null) return null;
    const stored = parsed(bytes);
    if (isStoredOrder(stored)) return stored.order === order ? stored.keyPem : null;
    await this.#setAside(key, 'it holds no key of an order');
    return null;
  }

  async putOrderKey(host: string, order: string, keyPem: string): Promise<void> {
    const stored: StoredOrder = { order, keyPem };
    await this.#store.put(ORDERS + host, encode(stored));
  }

  async dropOrderKey(host: string): Promise<void> {
    await this.#store.delete(ORDERS + host);
  }

  async #setAside(key: string, reason: string): Promise<void> {
    const aside = await this.#store.setAside(key);
    this.#log.error({ key, aside, reason }, 'a stored value is damaged and was set aside');
  }
}

/**
 * Null: it is damaged. The digest spares the parsing of chain and key, which would take a second for a thousand of them. That a certificate has ended
 * does not matter: it serves until there is another.
 */
function readCertificate(bytes: Buffer, host: string): KeptCertificate | null {
  const value = parsed(bytes);
  if (!isStoredCertificate(value)) return null;
  return value.host === host && value.digest === digestOf(value) ? keptOf(value) : null;
}

function keptOf(stored: StoredCertificate): KeptCertificate {
  const { host, id, chainPem, keyPem, directory, issuer, obtainedMs, notBeforeMs, notAfterMs } = stored;
  const source = 'acme' as const;
  const certificate = Object.freeze({
    id,
    hosts: [host],
    chainPem,
    keyPem,
    notAfterMs,
    source,
    origin: ORIGIN,
  });
  return { certificate, directory, issuer, obtainedMs, notBeforeMs };
}

/** SHA-256 in hex of all that is stored. */
function digestOf({
  host,
  id,
  chainPem,
  keyPem,
  directory,
  issuer,
  obtainedMs,
  notBeforeMs,
  notAfterMs,
}: StoredCertificate): string {
  const all = [host, id, chainPem, keyPem, directory, issuer, obtainedMs, notBeforeMs, notAfterMs];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

function encode(stored: (StoredCertificate & { readonly digest: string }) | StoredOrder): Buffer {
  return Buffer.from(`${JSON.stringify({ version: VERSION, ...stored })}\n`);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // What a parser says of it may quote it.
    return null;
  }
}

function isStoredCertificate(value: unknown): value is StoredCertificate & { readonly digest: string } {
  if (!isRecord(value) || value.version !== VERSION) return false;
  const { host, id, chainPem, keyPem, directory, issuer, digest, obtainedMs, notBeforeMs, notAfterMs } =
    value;
  const texts = [host, id, chainPem, keyPem, directory, issuer, digest];
  return (
    texts.every((text) => typeof text === 'string') &&
    [obtainedMs, notBeforeMs, notAfterMs].every((ms) => Number.isFinite(ms))
  );
}

function isStoredOrder(value: unknown): value is StoredOrder {
  return (
    isRecord(value) &&
    value.version === VERSION &&
    typeof value.order === 'string' &&
    typeof value.keyPem === 'string'
  );
}
