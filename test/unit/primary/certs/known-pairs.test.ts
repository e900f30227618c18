import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CertificatePair } from '../../../../src/primary/certs/certificate-pair.ts';
import { KnownPairs, type PairReading } from '../../../../src/primary/certs/known-pairs.ts';
import { stampAt } from '../../../../src/primary/file-stamp.ts';
import { type MadeCertificate, makeCertificate } from '../../../support/cert-maker.ts';

const MINUTE_MS = 60_000;
const WHEN = new Date('2026-01-01T00:00:00Z');
/** Certificates differ by a byte or two in length: their signatures do. */
const SAME_LENGTH = 2_000;

let root: string;
let first: MadeCertificate;
let second: MadeCertificate;
let certFile: string;
let keyFile: string;
let known: KnownPairs;
let folder = '';
let rounds = 0;

const padded = (pem: string): string => pem.padEnd(SAME_LENGTH, '\n');

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'penstock-pairs-'));
  [first, second] = await Promise.all([
    makeCertificate({ hosts: ['a.test'] }),
    makeCertificate({ hosts: ['a.test'] }),
  ]);
});
afterAll(() => rmSync(root, { recursive: true }));

beforeEach(() => {
  folder = join(root, String(rounds++));
  mkdirSync(folder);
  certFile = join(folder, 'cert.pem');
  keyFile = join(folder, 'key.pem');
  known = new KnownPairs();
});

function put(made: MadeCertificate, into = folder): void {
  writeFileSync(join(into, 'cert.pem'), padded(made.certPem));
  writeFileSync(join(into, 'key.pem'), padded(made.keyPem));
}

function replaceByRenaming(path: string, text: string): void {
  writeFileSync(`${path}~`, text);
  renameSync(`${path}~`, path);
}

interface Found {
  readonly pair: CertificatePair | null;
  readonly codes: readonly string[];
  readonly reading: PairReading;
}

/** As a reload does. `laterMs`: how much later than the writing of the files it seems to be. */
function reload(trustStamps: boolean, laterMs: number): Found {
  const reading = known.reading(Date.now() + laterMs, trustStamps);
  const codes: string[] = [];
  const pair = reading.read({ certFile, keyFile }, (code) => codes.push(code));
  known.keep(reading);
  return { pair, codes, reading };
}

/** As a changed file sets it off, when all files have been left alone for a minute: stamps are believed. */
const reloadByStamps = (): Found => reload(true, MINUTE_MS);
const keyOf = ({ pair }: Found): string | undefined => pair?.keyPem;

describe('known-pairs', () => {
  it('a pair whose files did not change is the one of before, and is not read', () => {
    put(first);
    const before = reloadByStamps();
    expect(keyOf(before)).toBe(first.keyPem);
    expect(reloadByStamps().pair).toBe(before.pair);
    expect([...before.reading.stamps]).toEqual([
      [certFile, stampAt(certFile)?.text],
      [keyFile, stampAt(keyFile)?.text],
    ]);
  });

  const ways: readonly [string, () => void][] = [
    [
      'renamed over',
      () => {
        replaceByRenaming(certFile, padded(second.certPem));
        replaceByRenaming(keyFile, padded(second.keyPem));
      },
    ],
    [
      'written in place, with their sizes and times put back',
      () => {
        const { atime, mtime } = statSync(certFile);
        put(second);
        for (const file of [certFile, keyFile]) utimesSync(file, atime, mtime);
      },
    ],
    [
      'removed and made anew',
      () => {
        for (const file of [certFile, keyFile]) unlinkSync(file);
        put(second);
      },
    ],
  ];
  it.each(ways)('files that are %s are read', (_name, change) => {
    put(first);
    for (const file of [certFile, keyFile]) utimesSync(file, WHEN, WHEN);
    expect(keyOf(reloadByStamps())).toBe(first.keyPem);
    change();
    expect(keyOf(reloadByStamps())).toBe(second.keyPem);
  });

  it.each(['the folder', 'the file'])(
    '%s may be a link that is swapped, to files of equal size and times',
    (what) => {
      // As Kubernetes mounts a secret (..data → ..1, cert.pem → ..data/cert.pem), and as certbot lays out live/.
      for (const [name, made] of [
        ['1', first],
        ['2', second],
      ] as const) {
        mkdirSync(join(folder, name));
        put(made, join(folder, name));
        for (const file of ['cert.pem', 'key.pem']) utimesSync(join(folder, name, file), WHEN, WHEN);
      }
      const link = (path: string, target: string): void => {
        symlinkSync(target, `${path}~`);
        renameSync(`${path}~`, path);
      };
      const point = (at: string): void => {
        if (what === 'the folder') link(join(folder, 'data'), at);
        else {
          link(certFile, `${at}/cert.pem`);
          link(keyFile, `${at}/key.pem`);
        }
      };
      if (what === 'the folder') {
        link(certFile, 'data/cert.pem');
        link(keyFile, 'data/key.pem');
      }
      point('1');
      expect(keyOf(reloadByStamps())).toBe(first.keyPem);
      point('2');
      expect(keyOf(reloadByStamps())).toBe(second.keyPem);
      point('1');
      expect(keyOf(reloadByStamps())).toBe(first.keyPem);
    },
  );

  it('files that are written again at once, within the tick of their stamps, are read', () => {
    for (let round = 0; round < 30; round++) {
      const made = round % 2 === 0 ? first : second;
      put(made);
      expect(keyOf(reload(true, 0))).toBe(made.keyPem);
    }
  });

  it('a stamp that was not settled is believed once a later reading saw it settled', () => {
    put(first);
    const before = reload(true, 0);
    // The same object: its text had not changed, so it was not parsed again.
    expect(reloadByStamps().pair).toBe(before.pair);
    expect(reloadByStamps().pair).toBe(before.pair);
    put(second);
    expect(keyOf(reloadByStamps())).toBe(second.keyPem);
  });

  it('a reload that was asked for reads every file, and parses none that has its text still', () => {
    put(first);
    const before = reloadByStamps();
    for (const file of [certFile, keyFile]) utimesSync(file, WHEN, WHEN);
    expect(reload(false, MINUTE_MS).pair).toBe(before.pair);
  });

  it('a pair that is renewed in two steps is refused between them, and both its files count', () => {
    put(first);
    reloadByStamps();
    replaceByRenaming(certFile, second.certPem);
    const between = reloadByStamps();
    expect(between).toMatchObject({ pair: null, codes: ['CERT_KEY_MISMATCH'] });
    expect(between.reading.stamps.get(certFile)).toBe(stampAt(certFile)?.text);
    expect(reloadByStamps()).toMatchObject({ pair: null, codes: ['CERT_KEY_MISMATCH'] });
    replaceByRenaming(keyFile, second.keyPem);
    expect(keyOf(reloadByStamps())).toBe(second.keyPem);
  });

  it('a file that is gone is told of, and not taken from before', () => {
    put(first);
    reloadByStamps();
    unlinkSync(keyFile);
    const found = reloadByStamps();
    expect(found).toMatchObject({ pair: null, codes: ['KEY_UNREADABLE'] });
    expect([...found.reading.stamps.keys()]).toEqual([certFile]);
    put(first);
    expect(keyOf(reloadByStamps())).toBe(first.keyPem);
  });

  it('of a file that changes between two entries that name it, the stamp is that of the first look', () => {
    put(first);
    const stamp = stampAt(keyFile)?.text;
    const reading = known.reading(Date.now(), true);
    reading.read({ certFile, keyFile }, () => {});
    replaceByRenaming(keyFile, first.keyPem);
    reading.read({ certFile, keyFile }, () => {});
    expect(stampAt(keyFile)?.text).not.toBe(stamp);
    expect(reading.stamps.get(keyFile)).toBe(stamp);
  });
});
