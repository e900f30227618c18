/**
 * Makes one self-signed server certificate with its key. In the primary; loaded only when one is to be made, because
 * the certificate library takes a third of a second to load.
 */

// The library finds its parsers by decorators and asks for this polyfill before it.
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface SelfSignedPair {
  readonly chainPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

const LIFETIME_MS = 365 * 86_400_000;
/** Clients' clocks are often a little late. */
const BACKDATED_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
/** RFC 5280 appendix A.1, ub-common-name. */
const MAX_COMMON_NAME = 64;

/** `names`: server names (wildcards too) and IP addresses, at least one; `nowMs` since the epoch. */
export async function makeSelfSigned(
  commonName: string,
  names: readonly string[],
  nowMs: number,
): Promise<SelfSignedPair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBeforeMs = nowMs - BACKDATED_MS;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    serialNumber: serialNumber(),
    name: [{ CN: [commonName.length <= MAX_COMMON_NAME ? commonName : 'penstock self-signed certificate'] }],
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notBeforeMs + LIFETIME_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    // By way of Node.js, so that it has the very bytes that it will have when it is read again.
    chainPem: new X509Certificate(Buffer.from(certificate.rawData)).toString(),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** 127 random bits, positive and never zero (RFC 5280 4.1.2.2), in hex. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 1;
  return bytes.toString('hex');
}
