/**
 * The certificates that were read before: a reload reads and checks again only those whose files changed. Primary thread.
 *
 *   stamp of both files as before, and settled ─▶ the pair of before, unread
 *   else: both files are read ─┬─ their text as before ─▶ the pair of before
 *                              └─ parsed and checked
 *
 * What is served wrongly here is served until the next change, so it is the stamps that have to be right (`file-stamp.ts`):
 * - replaced by renaming, or by another target of a symbolic link on the way to it: another inode. One whose number was free again has another ctime;
 * - written in place, with its size and mtime put back: another ctime;
 * - written between our look at the stamp and our reading, or again within the tick of the stamp that we have: the stamp is not settled. Such files
 *   are read anew until they have been left alone for long enough;
 * - renewed one after the other: what was read of the two does not fit together. A pair with a problem is never kept.
 *
 * Stamps are believed only by a reload that a changed file set off. One that was asked for reads every file, so that it also finds what a file system
 * or a clock has hidden (pages written through `mmap`, a clock that was set back).
 */

import { createHash } from 'node:crypto';
import { type FileStamp, isSettled, stampAt } from '../file-stamp.ts';
import { type CertificatePair, makePair, type PairFiles, type Report } from './certificate-pair.ts';
import { type PemFile, readPemFile } from './read-pem-file.ts';

export interface PairReader {
  /** Null: there are problems, which have been reported. Never throws. */
  read(files: PairFiles, report: Report): CertificatePair | null;
}

interface KnownFile {
  /** Null: it may stand for a later content too. */
  readonly stamp: string | null;
  /** Of its text. */
  readonly digest: string;
}

interface KnownPair {
  readonly cert: KnownFile;
  readonly key: KnownFile;
  readonly pair: CertificatePair;
}

export class KnownPairs {
  #known: ReadonlyMap<string, KnownPair> = new Map();

  /** For one configuration. `startedMs`: since the epoch, now or earlier; `trustStamps`: files whose stamps are as before are not read. */
  reading(startedMs: number, trustStamps: boolean): PairReading {
    return new PairReading(this.#known, startedMs, trustStamps);
  }

  /** Keeps what a reading found, and no more. */
  keep({ found }: PairReading): void {
    this.#known = found;
  }
}

export class PairReading implements PairReader {
  readonly found: Map<string, KnownPair> = new Map();
  /** The stamp by path of every file that was read, or found to be as before. */
  readonly stamps: Map<string, string> = new Map();
  readonly #before: ReadonlyMap<string, KnownPair>;
  readonly #startedMs: number;
  readonly #trustStamps: boolean;

  constructor(before: ReadonlyMap<string, KnownPair>, startedMs: number, trustStamps: boolean) {
    this.#before = before;
    this.#startedMs = startedMs;
    this.#trustStamps = trustStamps;
  }

  read(files: PairFiles, report: Report): CertificatePair | null {
    const id = `${files.certFile}\0${files.keyFile}`;
    const before = this.#before.get(id);
    if (before !== undefined && this.#trustStamps && this.#isAsBefore(files, before)) {
      this.found.set(id, before);
      return before.pair;
    }
    const cert = this.#readFile(files.certFile, 'CERT_UNREADABLE', report);
    const key = this.#readFile(files.keyFile, 'KEY_UNREADABLE', report);
    const known = before !== undefined && cert !== null && key !== null ? sameText(before, cert, key) : null;
    const pair = known ?? makePair(cert?.text ?? null, key?.text ?? null, files, report);
    if (pair === null || cert === null || key === null) return null;
    this.found.set(id, { cert: this.#knownFile(cert), key: this.#knownFile(key), pair });
    return pair;
  }

  #isAsBefore({ certFile, keyFile }: PairFiles, before: KnownPair): boolean {
    return this.#hasStamp(certFile, before.cert) && this.#hasStamp(keyFile, before.key);
  }

  #hasStamp(path: string, { stamp }: KnownFile): boolean {
    if (stamp === null || stampAt(path)?.text !== stamp) return false;
    this.#note(path, stamp);
    return true;
  }

  #readFile(path: string, code: string, report: Report): PemFile | null {
    const read = readPemFile(path);
    if (typeof read === 'string') {
      report(code, read);
      return null;
    }
    this.#note(path, read.stamp.text);
    return read;
  }

  /** The first look counts: of a file that several entries name, a later one may have seen what the first has not. */
  #note(path: string, stamp: string): void {
    if (!this.stamps.has(path)) this.stamps.set(path, stamp);
  }

  #knownFile({ text, stamp }: PemFile): KnownFile {
    return { stamp: this.#settled(stamp), digest: digestOf(text) };
  }

  #settled(stamp: FileStamp): string | null {
    return isSettled(stamp, this.#startedMs) ? stamp.text : null;
  }
}

function sameText(before: KnownPair, cert: PemFile, key: PemFile): CertificatePair | null {
  const same = before.cert.digest === digestOf(cert.text) && before.key.digest === digestOf(key.text);
  return same ? before.pair : null;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('base64');
}
