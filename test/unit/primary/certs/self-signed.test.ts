import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/kit/clock.ts';
import { type SelfSignedStore, selfSignedStore } from '../../../../src/primary/certs/self-signed.ts';
import { makeCertificate } from '../../../support/cert-maker.ts';

const DAY_MS = 86_400_000;

let stateDir: string;
let nowMs: number;
let damaged: { file: string; reason: string }[];
const clock: Clock = { epochMs: () => nowMs, nowMs: () => nowMs };

const store = (): SelfSignedStore =>
  selfSignedStore(stateDir, clock, (file, reason) => damaged.push({ file, reason }));
const fileOf = (name: string): string => join(stateDir, 'self-signed', name);

beforeEach(() => {
  stateDir = join(mkdtempSync(join(tmpdir(), 'penstock-self-signed-')), 'state');
  nowMs = Date.UTC(2030, 0, 1);
  damaged = [];
});
afterEach(() => rmSync(join(stateDir, '..'), { recursive: true }));

describe('self-signed-store', () => {
  it('makes a server certificate for a host', async () => {
    const certificate = await store().certificateFor('a.test');
    const parsed = new X509Certificate(certificate.chainPem);
    expect(certificate).toMatchObject({
      hosts: ['a.test'],
      source: 'self_signed',
      notAfterMs: Date.parse(parsed.validTo),
      origin: { file: '<self-signed>' },
    });
    expect(certificate.id).toMatch(/^[0-9a-f]{64}$/);
    expect(parsed.subjectAltName).toBe('DNS:a.test');
    expect(parsed.subject).toBe('CN=a.test');
    expect(parsed.ca).toBe(false);
    // id-kp-serverAuth, RFC 5280 4.2.1.12.
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(parsed.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.checkPrivateKey(createPrivateKey(certificate.keyPem))).toBe(true);
    expect(certificate.keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(Date.parse(parsed.validFrom)).toBe(nowMs - 3_600_000);
    expect(certificate.notAfterMs).toBe(nowMs - 3_600_000 + 365 * DAY_MS);
  });

  it.each([
    ['*.a.test', 'DNS:*.a.test'],
    ['10.0.0.1', 'IP Address:10.0.0.1'],
    ['2001:db8::1', 'IP Address:2001:DB8:0:0:0:0:0:1'],
    [`${'long.'.repeat(45)}test`, `DNS:${'long.'.repeat(45)}test`],
  ])('makes and finds again one for %s', async (host, altName) => {
    const made = await store().certificateFor(host);
    expect(new X509Certificate(made.chainPem).subjectAltName).toBe(altName);
    expect(await store().certificateFor(host)).toEqual(made);
    expect(damaged).toEqual([]);
  });

  it('makes a default certificate, for no host in particular', async () => {
    const certificate = await store().defaultCertificate();
    expect(certificate).toMatchObject({ hosts: [], source: 'default' });
    expect(new X509Certificate(certificate.chainPem).checkHost('localhost')).toBe('localhost');
    expect(await store().defaultCertificate()).toEqual(certificate);
    // A host of that name is another certificate.
    expect((await store().certificateFor('default')).id).not.toBe(certificate.id);
    expect((await store().defaultCertificate()).id).toBe(certificate.id);
  });

  it('gives the same bytes again: at once, later, and after a restart', async () => {
    const first = store();
    const [one, two] = await Promise.all([first.certificateFor('a.test'), first.certificateFor('a.test')]);
    expect(two).toBe(one);
    expect(await first.certificateFor('a.test')).toBe(one);
    expect(await store().certificateFor('a.test')).toEqual(one);
  });

  it('gives serial numbers that differ', async () => {
    const [a, b] = await Promise.all(['a.test', 'b.test'].map((host) => store().certificateFor(host)));
    const serial = (pem = ''): string => new X509Certificate(pem).serialNumber;
    expect(serial(a?.chainPem)).not.toBe(serial(b?.chainPem));
  });

  it('keeps keys from other users, whatever the umask is', async () => {
    const before = process.umask(0);
    try {
      await store().certificateFor('a.test');
    } finally {
      process.umask(before);
    }
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    expect(statSync(fileOf('')).mode & 0o777).toBe(0o700);
    expect(statSync(fileOf('a.test.pem')).mode & 0o777).toBe(0o600);
    expect(readdirSync(fileOf(''))).toEqual(['a.test.pem']);
  });

  it('closes a folder that was open', async () => {
    mkdirSync(fileOf(''), { recursive: true });
    chmodSync(fileOf(''), 0o755);
    await store().certificateFor('a.test');
    expect(statSync(fileOf('')).mode & 0o777).toBe(0o700);
  });

  it('replaces a certificate when a third of its lifetime is left, in a running process and after a restart', async () => {
    const running = store();
    const old = await running.certificateFor('a.test');
    nowMs = old.notAfterMs - (365 / 3) * DAY_MS - 1000;
    expect(await running.certificateFor('a.test')).toBe(old);
    expect(await store().certificateFor('a.test')).toEqual(old);
    nowMs += 2000;
    const renewed = await running.certificateFor('a.test');
    expect(renewed.id).not.toBe(old.id);
    expect(renewed.notAfterMs).toBe(nowMs - 3_600_000 + 365 * DAY_MS);
    expect(await store().certificateFor('a.test')).toEqual(renewed);
    expect(damaged).toEqual([]);
  });

  it.each([
    ['nothing', () => ''],
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['bytes of a disk error', (text: string) => text.replace(/[A-Za-z]{8}/g, '\0\0\0\0\0\0\0\0')],
  ])('sets aside a file that holds %s, and goes on', async (_what, spoil) => {
    const old = await store().certificateFor('a.test');
    const text = readFileSync(fileOf('a.test.pem'), 'utf8');
    writeFileSync(fileOf('a.test.pem'), spoil(text));
    const fresh = await store().certificateFor('a.test');
    expect(fresh.id).not.toBe(old.id);
    expect(damaged).toEqual([
      { file: fileOf('a.test.pem.damaged'), reason: 'it does not hold a certificate and a key' },
    ]);
    expect(readFileSync(fileOf('a.test.pem.damaged'), 'utf8')).toBe(spoil(text));
    expect(await store().certificateFor('a.test')).toEqual(fresh);
  });

  it('sets aside a pair that does not fit together or is for another host', async () => {
    const one = await makeCertificate({ hosts: ['a.test'] });
    const two = await makeCertificate({ hosts: ['b.test'] });
    mkdirSync(fileOf(''), { recursive: true });
    writeFileSync(fileOf('a.test.pem'), one.certPem + two.keyPem);
    await store().certificateFor('a.test');
    writeFileSync(fileOf('a.test.pem'), two.certPem + two.keyPem);
    await store().certificateFor('a.test');
    expect(damaged.map(({ reason }) => reason)).toEqual([
      'its key does not belong to its certificate',
      'its certificate is not for a.test',
    ]);
  });

  it('cannot be led out of its folder by a host', async () => {
    for (const host of ['../../x', '..', '/etc/x', 'a/b', '']) {
      await store()
        .certificateFor(host)
        .catch(() => null);
    }
    expect(readdirSync(join(stateDir, '..'))).toEqual(['state']);
    expect(readdirSync(stateDir)).toEqual(['self-signed']);
    expect(readdirSync(fileOf('')).every((name) => /^@[0-9a-f]{64}\.pem$/.test(name))).toBe(true);
    expect(existsSync('/etc/x.pem')).toBe(false);
  });

  it('rejects a state directory that cannot be written, and recovers (PENSTOCK_STATE_UNWRITABLE)', async () => {
    writeFileSync(stateDir, 'a file in the way');
    const running = store();
    await expect(running.certificateFor('a.test')).rejects.toMatchObject({
      code: 'PENSTOCK_STATE_UNWRITABLE',
      message: expect.stringContaining(fileOf('').slice(0, -1)),
    });
    rmSync(stateDir);
    expect((await running.certificateFor('a.test')).hosts).toEqual(['a.test']);
  });
});
