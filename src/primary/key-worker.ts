/**
 * The thread that makes keys and signs certificate requests (RFC 2986), so that neither an RSA key nor the loading of the certificate library
 * holds the primary. Started by piscina (`certs/acme/keys.ts`), ended when it is idle.
 */

// The library finds its parsers by decorators and asks for this polyfill before it.
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPair, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';

export interface KeyTask {
  readonly host: string;
  readonly keyType: 'ecdsa256' | 'ecdsa384' | 'rsa2048';
  /** A key that was made before, PKCS #8; null: a new one is to be made. */
  readonly keyPem: string | null;
}

export interface KeyAndRequest {
  /** PKCS #8. */
  readonly keyPem: string;
  /** The request, base64url of its DER (RFC 8555 section 7.4). */
  readonly csr: string;
}

const makeKeyPair = promisify(generateKeyPair);

export default async function keyAndRequest({ host, keyType, keyPem }: KeyTask): Promise<KeyAndRequest> {
  const pem = keyPem ?? (await newKey(keyType));
  const privateKey = createPrivateKey(pem);
  const algorithm = algorithmOf(createPublicKey(privateKey).export({ format: 'jwk' }));
  const der = { format: 'der' } as const;
  const { subtle } = webcrypto;
  const keys = {
    privateKey: await subtle.importKey(
      'pkcs8',
      privateKey.export({ type: 'pkcs8', ...der }),
      algorithm,
      false,
      ['sign'],
    ),
    publicKey: await subtle.importKey(
      'spki',
      createPublicKey(privateKey).export({ type: 'spki', ...der }),
      algorithm,
      true,
      ['verify'],
    ),
  };
  // No subject: names are in subjectAltName, and a common name is bounded to 64 characters and on its way out.
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  });
  return { keyPem: pem, csr: Buffer.from(request.rawData).toString('base64url') };
}

async function newKey(keyType: KeyTask['keyType']): Promise<string> {
  const { privateKey } =
    keyType === 'rsa2048'
      ? await makeKeyPair('rsa', { modulusLength: 2048 })
      : await makeKeyPair('ec', { namedCurve: keyType === 'ecdsa384' ? 'P-384' : 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function algorithmOf({ kty, crv }: { readonly kty?: string; readonly crv?: string }): KeyAlgorithm {
  if (kty !== 'EC') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return crv === 'P-384'
    ? { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
    : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
}

interface KeyAlgorithm {
  readonly name: string;
  readonly hash: string;
  readonly namedCurve?: string;
}
