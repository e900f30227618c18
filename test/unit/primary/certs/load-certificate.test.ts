import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import type { Problem } from '../../../../src/kit/problem.ts';
import { KnownPairs } from '../../../../src/primary/certs/known-pairs.ts';
import { loadCertificate } from '../../../../src/primary/certs/load-certificate.ts';
import {
  type Authority,
  type KeyType,
  type MadeCertificate,
  makeAuthority,
  makeCertificate,
} from '../../../support/cert-maker.ts';

const origin = { file: '/etc/penstock.yaml', line: 7, column: 5 };
const DAY_MS = 86_400_000;

let folder: string;
let authority: Authority;
let good: MadeCertificate;
let other: MadeCertificate;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-certs-'));
  authority = await makeAuthority();
  good = await makeCertificate({ hosts: ['a.test', '*.b.test'], issuer: authority });
  other = await makeCertificate({ hosts: ['a.test'] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const certFile = (): string => join(folder, 'cert.pem');
const keyFile = (): string => join(folder, 'key.pem');

function load(
  certPem: string | Uint8Array,
  keyPem: string | Uint8Array,
  hosts: readonly string[] | null = null,
): ReturnType<typeof loadCertificate> {
  writeFileSync(certFile(), certPem);
  writeFileSync(keyFile(), keyPem);
  const draft = { certFile: certFile(), keyFile: keyFile(), hosts, origin };
  return loadCertificate(draft, 'certificates[0]', Date.now(), new KnownPairs().reading(Date.now(), false));
}

function accepted(result: ReturnType<typeof loadCertificate>): Certificate {
  if (!('certificate' in result)) throw new Error(JSON.stringify(result.problems));
  expect(result.warnings).toEqual([]);
  return result.certificate;
}

function only(result: ReturnType<typeof loadCertificate>): Problem {
  const list = 'problems' in result ? result.problems : result.warnings;
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`not one problem: ${JSON.stringify(list)}`);
  return first;
}

const rejected = (result: ReturnType<typeof loadCertificate>): Problem => {
  expect('problems' in result).toBe(true);
  return only(result);
};

const warned = (result: ReturnType<typeof loadCertificate>): Problem => {
  expect('certificate' in result).toBe(true);
  return only(result);
};

const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('load-certificate', () => {
  it.each<KeyType>(['ec', 'ec384', 'ec521', 'rsa', 'ed25519'])(
    'accepts a key of type %s',
    async (keyType) => {
      const made = await makeCertificate({ hosts: ['a.test'], keyType });
      const certificate = accepted(load(made.certPem, made.keyPem));
      expect(
        new X509Certificate(certificate.chainPem).checkPrivateKey(createPrivateKey(certificate.keyPem)),
      ).toBe(true);
    },
  );

  it('accepts a chain, in normal form', () => {
    const noise = `subject=/CN=a.test\r\n${good.certPem.replaceAll('\n', '\r\n')}\ntrailing words`;
    const certificate = accepted(load(noise, good.keyPem));
    expect(certificate).toMatchObject({
      hosts: ['a.test', '*.b.test'],
      chainPem: good.certPem,
      keyPem: good.keyPem,
      source: 'manual',
      origin,
    });
    expect(certificate.notAfterMs).toBe(Date.parse(new X509Certificate(good.certPem).validTo));
    expect(Math.abs(certificate.notAfterMs - Date.now() - 30 * DAY_MS)).toBeLessThan(60_000);
  });

  it('has one id for one pair, however it is written, and another for another', async () => {
    const { id } = accepted(load(good.certPem, good.keyPem));
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const sec1 = createPrivateKey(good.keyPem).export({ type: 'sec1', format: 'pem' }).toString();
    expect(accepted(load(`\n\n${good.certPem}`, sec1)).id).toBe(id);
    expect(accepted(load(good.leafPem, good.keyPem)).id).not.toBe(id);
  });

  it('accepts certificate and key in one file, and keeps the key out of the chain', () => {
    const both = good.keyPem + good.certPem;
    const certificate = accepted(load(both, both));
    expect(certificate.chainPem).toBe(good.certPem);
    expect(certificate.keyPem).toBe(good.keyPem);
  });

  it('accepts an EC key after its parameters, as openssl ecparam writes it', () => {
    const sec1 = createPrivateKey(good.keyPem).export({ type: 'sec1', format: 'pem' }).toString();
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(accepted(load(good.certPem, parameters + sec1)).keyPem).toBe(good.keyPem);
  });

  it('accepts hosts that the certificate covers, and serves only those', () => {
    const hosts = ['x.b.test'];
    expect(accepted(load(good.certPem, good.keyPem, hosts)).hosts).toEqual(hosts);
  });

  it('accepts an address that the certificate covers', async () => {
    const made = await makeCertificate({ hosts: ['192.0.2.1'] });
    expect(accepted(load(made.certPem, made.keyPem, ['192.0.2.1'])).hosts).toEqual(['192.0.2.1']);
  });

  it('rejects missing files, both at once, with their paths (CERT_UNREADABLE, KEY_UNREADABLE)', () => {
    const draft = { certFile: join(folder, 'no.pem'), keyFile: folder, hosts: null, origin };
    const result = loadCertificate(
      draft,
      'certificates[3]',
      Date.now(),
      new KnownPairs().reading(Date.now(), false),
    );
    expect('problems' in result && result.problems).toEqual([
      {
        code: 'CERT_UNREADABLE',
        path: 'certificates[3]',
        message: expect.stringContaining('no.pem'),
        origin,
      },
      { code: 'KEY_UNREADABLE', path: 'certificates[3]', message: `${folder} is not a file`, origin },
    ]);
  });

  it('rejects a file that cannot be a certificate by its size (CERT_UNREADABLE)', () => {
    expect(rejected(load(Buffer.alloc(2_000_000), good.keyPem)).message).toContain('has 2000000 bytes');
  });

  it('rejects a file without a certificate (CERT_MALFORMED)', () => {
    expect(rejected(load('', good.keyPem)).code).toBe('CERT_MALFORMED');
    expect(rejected(load(good.keyPem, good.keyPem)).message).toContain('holds no PEM block "CERTIFICATE"');
    const der = new X509Certificate(good.certPem).raw;
    expect(rejected(load(der, good.keyPem)).message).toContain('openssl x509 -inform der');
  });

  it('rejects a damaged certificate and says which (CERT_MALFORMED)', () => {
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const problem = rejected(load(good.leafPem + damaged, good.keyPem));
    expect(problem.code).toBe('CERT_MALFORMED');
    expect(problem.message).toContain(`certificate 2 of 2 in ${certFile()} cannot be parsed`);
  });

  it('rejects a file without a key, and a damaged key (KEY_MALFORMED)', () => {
    expect(rejected(load(good.certPem, good.certPem)).code).toBe('KEY_MALFORMED');
    const damaged = good.keyPem.replace('\nM', '\nX');
    const problem = rejected(load(good.certPem, damaged));
    expect(problem.code).toBe('KEY_MALFORMED');
    expect(problem.message).toContain(`${keyFile()}: its private key cannot be parsed`);
  });

  it('rejects an encrypted key, old form and new (KEY_ENCRYPTED)', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const options = { format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' } as const;
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const problem = rejected(load(good.certPem, privateKey.export({ ...options, type })));
      expect(problem.code).toBe('KEY_ENCRYPTED');
      expect(problem.message).toContain('openssl pkey');
    }
  });

  it('rejects keys that the engine or its clients do not take (KEY_UNSUPPORTED)', async () => {
    const weak = await makeCertificate({ hosts: ['a.test'], keyType: 'rsa1024' });
    expect(rejected(load(weak.certPem, weak.keyPem))).toMatchObject({
      code: 'KEY_UNSUPPORTED',
      message: expect.stringContaining('its key is RSA of 1024 bits; RSA of 2048 bits or more'),
    });
    const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
    expect(rejected(load(good.certPem, pkcs8(k1))).message).toContain('on the curve secp256k1');
    const spelt = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey;
    expect(rejected(load(good.certPem, pkcs8(spelt))).message).toContain('spelt out in numbers');
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
    expect(rejected(load(good.certPem, pkcs8(pss))).message).toContain('of type rsa-pss');
    const x25519 = generateKeyPairSync('x25519').privateKey;
    expect(rejected(load(good.certPem, pkcs8(x25519))).code).toBe('KEY_UNSUPPORTED');
  });

  it('rejects a key of another certificate (CERT_KEY_MISMATCH)', () => {
    expect(rejected(load(good.certPem, other.keyPem))).toMatchObject({
      code: 'CERT_KEY_MISMATCH',
      message: `the key in ${keyFile()} does not belong to the certificate in ${certFile()}`,
    });
  });

  it('rejects a chain that does not begin with the server’s own, and says where that is (CERT_KEY_MISMATCH)', () => {
    const problem = rejected(load(authority.intermediatePem + good.leafPem, good.keyPem));
    expect(problem.code).toBe('CERT_KEY_MISMATCH');
    expect(problem.message).toContain('belongs to certificate 2 of 2');
    expect(problem.message).toContain('must come first');
  });

  it('rejects a certificate that names no host (CERT_NO_NAMES)', async () => {
    const made = await makeCertificate({ hosts: ['192.0.2.1'] });
    expect(rejected(load(made.certPem, made.keyPem)).code).toBe('CERT_NO_NAMES');
  });

  it('warns of a host that the certificate does not cover, and serves it (CERT_HOST_NOT_COVERED)', () => {
    const result = load(good.certPem, good.keyPem, ['a.test', 'x.y.b.test']);
    expect(warned(result)).toEqual({
      code: 'CERT_HOST_NOT_COVERED',
      path: 'certificates[0]',
      message: `${certFile()} is for a.test, *.b.test; clients of x.y.b.test will refuse it`,
      origin,
    });
    expect('certificate' in result && result.certificate.hosts).toEqual(['a.test', 'x.y.b.test']);
  });

  it('warns of an expired certificate and of one whose time has not come', async () => {
    const expired = await makeCertificate({ hosts: ['a.test'], days: -2 });
    expect(warned(load(expired.certPem, expired.keyPem)).code).toBe('CERT_EXPIRED');
    const early = await makeCertificate({ hosts: ['a.test'], startDays: 2 });
    expect(warned(load(early.certPem, early.keyPem)).code).toBe('CERT_NOT_YET_VALID');
  });

  it('warns of a chain whose links do not hold (CERT_CHAIN_ORDER)', async () => {
    const accept = accepted(load(good.certPem + authority.rootPem, good.keyPem));
    expect(accept.chainPem.match(/BEGIN/g)).toHaveLength(3);
    const problem = warned(load(good.leafPem + authority.rootPem + authority.intermediatePem, good.keyPem));
    expect(problem.code).toBe('CERT_CHAIN_ORDER');
    expect(problem.message).toContain('certificate 2 of 3');
    // The same names, another authority: the signature decides.
    const impostor = await makeAuthority();
    expect(warned(load(good.leafPem + impostor.intermediatePem, good.keyPem)).code).toBe('CERT_CHAIN_ORDER');
  });

  it('never throws, and never repeats a key, whatever the files hold', () => {
    const certificate = new X509Certificate(good.leafPem).raw;
    const key = createPrivateKey(good.keyPem).export({ type: 'pkcs8', format: 'der' });
    const pem = (label: string, bytes: Buffer): string =>
      `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
    const spoil = (bytes: Buffer, edits: readonly (readonly [number, number])[]): Buffer => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of edits) copy[at % copy.length] = value;
      return copy;
    };
    const edits = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(edits, edits, (certificateEdits, keyEdits) => {
        const keyPem = pem('PRIVATE KEY', spoil(key, keyEdits));
        const result = load(pem('CERTIFICATE', spoil(certificate, certificateEdits)), keyPem);
        const said = JSON.stringify('problems' in result ? result.problems : result.warnings);
        expect(said).not.toContain(keyPem.split('\n')[2] ?? '');
        if ('certificate' in result) expect(Number.isFinite(result.certificate.notAfterMs)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
