import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { AuthorityKeyIdentifierExtension, type Extension, X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { certificateAriId } from '../../../../../src/primary/certs/acme/certificate-ari-id.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function made(serialNumber: string, extensions: Extension[]): Promise<X509Certificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    serialNumber,
    name: 'CN=example',
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 1_000),
    signingAlgorithm: ALGORITHM,
    extensions,
  });
  return new X509Certificate(Buffer.from(certificate.rawData));
}

describe('certificate-ari-id', () => {
  // The key identifier and the serial number of RFC 9773 section 4.1, and what it makes of them.
  const KEY_ID = '69885b6b87464041e1b37b847ba0ae2cde01c8d4';

  it('is that of the example in RFC 9773, whose serial number has its first bit set', async () => {
    const certificate = await made('87654321', [new AuthorityKeyIdentifierExtension(KEY_ID)]);
    expect(certificateAriId(certificate)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  });

  it('takes a critical extension, too, and a serial number without that bit', async () => {
    const certificate = await made('0102', [new AuthorityKeyIdentifierExtension(KEY_ID, true)]);
    expect(certificateAriId(certificate)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AQI');
  });

  it('is none without the key identifier of the authority', async () => {
    expect(certificateAriId(await made('01', []))).toBeNull();
  });
});
