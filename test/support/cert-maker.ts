/**
 * Certificates for tests: leaves, and a small authority with an intermediate. Nothing here touches a disk.
 *
 *   const { certPem, keyPem } = await makeCertificate({ hosts: ['a.test', '*.b.test', '127.0.0.1'] });
 *   const ca = await makeAuthority();                                // root → intermediate
 *   const leaf = await makeCertificate({ hosts: ['a.test'], issuer: ca });
 *   leaf.certPem                                                     // leaf + intermediate, as a server sends it
 *   https.request({ ca: ca.rootPem, … })                             // what a client trusts
 */

import 'reflect-metadata';
import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Of every authority here: none has a subject key identifier that it would have to be. */
const AUTHORITY_KEY_ID = '69885b6b87464041e1b37b847ba0ae2cde01c8d4';

export type KeyType = 'ec' | 'ec384' | 'ec521' | 'rsa' | 'rsa1024' | 'ed25519';

export interface MadeCertificate {
  /** The leaf, then what its issuer adds (an authority's intermediate). PEM. */
  readonly certPem: string;
  /** The leaf alone. PEM. */
  readonly leafPem: string;
  /** PKCS#8 PEM. */
  readonly keyPem: string;
}

export interface Authority {
  /** The self-signed root, for the `ca` option of a client. PEM. */
  readonly rootPem: string;
  /** Signed by the root; signs the leaves. PEM. */
  readonly intermediatePem: string;
  readonly intermediateName: string;
  readonly intermediateKey: webcrypto.CryptoKey;
}

export interface CertificateWish {
  /** Names and addresses for the subjectAltName. The first is the common name too. */
  readonly hosts: readonly string[];
  /** Days from now to notAfter; negative makes an expired one. 30 if left out. */
  readonly days?: number;
  /** Days from now to notBefore. If left out: one day before now, or before `days` if that is earlier. */
  readonly startDays?: number;
  /** `ec` (P-256) if left out. */
  readonly keyType?: KeyType;
  /** Self-signed if left out. */
  readonly issuer?: Authority;
  /** Leaves out the subjectAltName, so that only the common name speaks. */
  readonly withoutSan?: boolean;
}

const DAY_MS = 86_400_000;
const CURVES = { ec: 'P-256', ec384: 'P-384', ec521: 'P-521' } as const;

interface MadeKeys {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly keyPem: string;
}

/** WebCrypto keys and their PEM, by way of node:crypto, which also makes what WebCrypto refuses (RSA 1024). */
async function makeKeys(keyType: KeyType): Promise<MadeKeys> {
  const { privateKey, publicKey } =
    keyType === 'rsa' || keyType === 'rsa1024'
      ? generateKeyPairSync('rsa', { modulusLength: keyType === 'rsa' ? 2048 : 1024 })
      : keyType === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: CURVES[keyType] });
  const algorithm =
    keyType === 'rsa' || keyType === 'rsa1024'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : keyType === 'ed25519'
        ? { name: 'Ed25519' }
        : { name: 'ECDSA', namedCurve: CURVES[keyType] };
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The signature algorithm that fits a key. */
function signingFor(key: webcrypto.CryptoKey): { name: string; hash?: string } {
  return key.algorithm.name === 'Ed25519'
    ? { name: 'Ed25519' }
    : { name: key.algorithm.name, hash: 'SHA-256' };
}

function pem(certificate: { toString(format: 'pem'): string }): string {
  return `${certificate.toString('pem')}\n`;
}

/** A leaf for `hosts`, self-signed or signed by an authority. */
export async function makeCertificate(wish: CertificateWish): Promise<MadeCertificate> {
  const { keys, keyPem } = await makeKeys(wish.keyType ?? 'ec');
  const now = Date.now();
  const notAfterMs = now + (wish.days ?? 30) * DAY_MS;
  const notBeforeMs =
    wish.startDays === undefined ? Math.min(now, notAfterMs) - DAY_MS : now + wish.startDays * DAY_MS;
  const { hosts, issuer, withoutSan = false } = wish;
  const leafPem = await makeLeaf({
    hosts,
    withoutSan,
    publicKey: keys.publicKey,
    signingKey: issuer?.intermediateKey ?? keys.privateKey,
    issuerName: issuer?.intermediateName ?? null,
    notBeforeMs,
    notAfterMs,
  });
  return { certPem: leafPem + (issuer?.intermediatePem ?? ''), leafPem, keyPem };
}

export interface SigningWish {
  readonly hosts: readonly string[];
  /** Of whoever asks for the certificate; EC P-256. */
  readonly publicKey: KeyObject;
  readonly issuer: Authority;
  /** Milliseconds since the epoch; X.509 knows seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A leaf for somebody else's key, then the intermediate. PEM. */
export async function signCertificate({
  hosts,
  publicKey,
  issuer,
  notBeforeMs,
  notAfterMs,
}: SigningWish): Promise<string> {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = { name: 'ECDSA', namedCurve: CURVES.ec };
  const leafPem = await makeLeaf({
    hosts,
    withoutSan: false,
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    signingKey: issuer.intermediateKey,
    issuerName: issuer.intermediateName,
    notBeforeMs,
    notAfterMs,
  });
  return leafPem + issuer.intermediatePem;
}

interface Leaf {
  readonly hosts: readonly string[];
  readonly withoutSan: boolean;
  readonly publicKey: webcrypto.CryptoKey;
  readonly signingKey: webcrypto.CryptoKey;
  /** Null: it is its own issuer. */
  readonly issuerName: string | null;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

async function makeLeaf(leaf: Leaf): Promise<string> {
  const { hosts, withoutSan, publicKey, signingKey, issuerName, notBeforeMs, notAfterMs } = leaf;
  const names = hosts.map(
    (host): JsonGeneralName =>
      isIP(host) === 0 ? { type: 'dns', value: host } : { type: 'ip', value: host },
  );
  const subject = `CN=${hosts[0] ?? 'nobody'}`;
  return pem(
    await X509CertificateGenerator.create({
      subject,
      issuer: issuerName ?? subject,
      notBefore: new Date(notBeforeMs),
      notAfter: new Date(notAfterMs),
      publicKey,
      signingKey,
      signingAlgorithm: signingFor(signingKey),
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        ...(withoutSan || names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
        // Renewal information is asked for by it (RFC 9773 section 4.1).
        ...(issuerName === null ? [] : [new AuthorityKeyIdentifierExtension(AUTHORITY_KEY_ID)]),
      ],
    }),
  );
}

/** A root and an intermediate, both EC P-256, valid for a year. */
export async function makeAuthority(name = 'Penstock Test'): Promise<Authority> {
  const root = await makeKeys('ec');
  const intermediate = await makeKeys('ec');
  const rootName = `CN=${name} Root`;
  const intermediateName = `CN=${name} Intermediate`;
  const make = async (subject: string, publicKey: webcrypto.CryptoKey, pathLength: number): Promise<string> =>
    pem(
      await X509CertificateGenerator.create({
        subject,
        issuer: rootName,
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(Date.now() + 365 * DAY_MS),
        publicKey,
        signingKey: root.keys.privateKey,
        signingAlgorithm: signingFor(root.keys.privateKey),
        extensions: [
          new BasicConstraintsExtension(true, pathLength, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
      }),
    );
  return {
    rootPem: await make(rootName, root.keys.publicKey, 1),
    intermediatePem: await make(intermediateName, intermediate.keys.publicKey, 0),
    intermediateName,
    intermediateKey: intermediate.keys.privateKey,
  };
}
