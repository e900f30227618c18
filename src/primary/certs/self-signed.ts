/**
 * Self-signed certificates: made when they are first asked for, kept in the state directory, and the same from then
 * on, so that an unchanged configuration compiles to the same bytes. In the primary, never in a handshake.
 *
 *   <state_dir>/self-signed/<host>.pem            certificate and key in one file, 0600 in 0700
 *   <state_dir>/self-signed/<host>.pem.damaged    what did not read as that
 */

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from '../../bridge/snapshot/model.ts';
import { writeFileAtomic } from '../../kit/atomic-write.ts';
import type { Clock } from '../../kit/clock.ts';
import { messageOf, PenstockError } from '../../kit/errors.ts';
import { certificateId } from './certificate-id.ts';
import { isServerName } from './certificate-names.ts';
import type { SelfSignedPair } from './make-self-signed.ts';

export interface SelfSignedStore {
  /** The certificate for a lower-case server name, wildcard or IP address. Rejects with PENSTOCK_STATE_UNWRITABLE. */
  certificateFor(host: string): Promise<Certificate>;
  /** The one for names that no other certificate covers. Its `hosts` are empty. Rejects as above. */
  defaultCertificate(): Promise<Certificate>;
}

/** Told of a file that was set aside, and why. A new certificate takes its place. */
export type DamagedReport = (file: string, reason: string) => void;

/** What a certificate is wished for. */
interface Wish {
  readonly fileName: string;
  readonly commonName: string;
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly source: 'self_signed' | 'default';
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Good for who trusts it by hand while developing; for everybody else any name is as wrong. */
const DEFAULT_WISH: Wish = {
  // No host has an @ in it, so no host takes this file name.
  fileName: '@default.pem',
  commonName: 'penstock default certificate',
  names: ['localhost', '127.0.0.1', '::1'],
  hosts: [],
  source: 'default',
};

/** One for each state directory and process. */
export function selfSignedStore(
  stateDir: string,
  clock: Clock,
  onDamaged: DamagedReport = () => {},
): SelfSignedStore {
  const folder = join(stateDir, 'self-signed');
  /** By file name. A promise, so that two who ask at once get the same certificate. */
  const kept = new Map<string, Promise<Certificate>>();

  const get = (wish: Wish): Promise<Certificate> => {
    const known = kept.get(wish.fileName);
    const next = known === undefined ? obtain(wish) : renewed(known, wish);
    kept.set(wish.fileName, next);
    // A failure is not kept: the state directory may be writable at the next try.
    next.catch(() => {
      if (kept.get(wish.fileName) === next) kept.delete(wish.fileName);
    });
    return next;
  };

  const renewed = async (known: Promise<Certificate>, wish: Wish): Promise<Certificate> => {
    const certificate = await known;
    return isFresh(new X509Certificate(certificate.chainPem), clock.epochMs()) ? certificate : obtain(wish);
  };

  const obtain = async (wish: Wish): Promise<Certificate> => {
    const file = join(folder, wish.fileName);
    const stored = readStored(file, wish, onDamaged);
    if (stored !== null && isFresh(new X509Certificate(stored.chainPem), clock.epochMs())) {
      return certificateOf(stored, wish);
    }
    const { makeSelfSigned } = await import('./make-self-signed.ts');
    const made = await makeSelfSigned(wish.commonName, wish.names, clock.epochMs());
    writable(folder, () => {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
      chmodSync(folder, FOLDER_MODE);
      writeFileAtomic(file, Buffer.from(made.chainPem + made.keyPem), FILE_MODE);
    });
    return certificateOf(made, wish);
  };

  return {
    certificateFor: (host) =>
      get({
        fileName: fileNameOf(host),
        commonName: host,
        names: [host],
        hosts: [host],
        source: 'self_signed',
      }),
    defaultCertificate: () => get(DEFAULT_WISH),
  };
}

/** Null where there is none. A file that is no such certificate is set aside first. */
function readStored(file: string, wish: Wish, onDamaged: DamagedReport): SelfSignedPair | null {
  let reason: string;
  try {
    const pair = parsePair(readFileSync(file, 'latin1'), wish);
    if (typeof pair !== 'string') return pair;
    reason = pair;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    reason = messageOf(error);
  }
  const aside = `${file}.damaged`;
  writable(file, () => renameSync(file, aside));
  onDamaged(aside, reason);
  return null;
}

/** Certificate and key in normal form, or what is wrong with them. Says nothing of the key's content. */
function parsePair(text: string, wish: Wish): SelfSignedPair | string {
  let certificate: X509Certificate;
  let keyPem: string;
  try {
    certificate = new X509Certificate(text);
    const key = createPrivateKey(text);
    if (!certificate.checkPrivateKey(key)) return 'its key does not belong to its certificate';
    keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    return 'it does not hold a certificate and a key';
  }
  const entries = (certificate.subjectAltName ?? '').split(', ');
  const fits = wish.names.every((name) =>
    isIP(name) === 0 ? entries.includes(`DNS:${name}`) : certificate.checkIP(name) !== undefined,
  );
  if (!fits) return `its certificate is not for ${wish.names.join(', ')}`;
  return { chainPem: certificate.toString(), keyPem };
}

/** More than a third of its lifetime is left, and it has begun. */
function isFresh(certificate: X509Certificate, nowMs: number): boolean {
  const notBeforeMs = Date.parse(certificate.validFrom);
  const notAfterMs = Date.parse(certificate.validTo);
  return notBeforeMs <= nowMs && notAfterMs - nowMs > (notAfterMs - notBeforeMs) / 3;
}

function certificateOf(pair: SelfSignedPair, wish: Wish): Certificate {
  return Object.freeze({
    id: certificateId(pair.chainPem, pair.keyPem),
    hosts: wish.hosts,
    chainPem: pair.chainPem,
    keyPem: pair.keyPem,
    notAfterMs: Date.parse(new X509Certificate(pair.chainPem).validTo),
    source: wish.source,
    // The same wherever the state directory is: the snapshot's digest must not depend on it.
    origin: { file: '<self-signed>', line: 1, column: 1 },
  });
}

/** A file name that no other host has: `*` and `:` become `@`, which no host contains. */
function fileNameOf(host: string): string {
  const plain = (isServerName(host) || isIP(host) !== 0) && !host.includes('%') && host.length <= 200;
  const name = plain ? host : `@${createHash('sha256').update(host).digest('hex')}`;
  return `${name.replace(/[*:]/g, '@')}.pem`;
}

function writable(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new PenstockError(
      'PENSTOCK_STATE_UNWRITABLE',
      `${path} cannot be written (${messageOf(error)}). Let user ${process.getuid?.() ?? ''} write it, or name another folder with state_dir.`,
      { cause: error, detail: { path } },
    );
  }
}
