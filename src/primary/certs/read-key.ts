/**
 * Reads a private key from PEM text and checks that the HTTP engine can sign with it. Nothing of the key, not even
 * a part, is ever in what it says.
 */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type KeyResult = { readonly key: KeyObject } | { readonly code: string; readonly message: string };

const MIN_RSA_BITS = 2048;
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** The curves that BoringSSL takes from a certificate, with the bytes of a public key on them in its named form. */
const SPKI_BYTES: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 91],
  ['secp384r1', 120],
  ['secp521r1', 158],
]);

const SUPPORTED = `RSA of ${MIN_RSA_BITS} bits or more, ECDSA on P-256, P-384 or P-521, and Ed25519 are`;

/** The first private key in `pem`; other blocks around it (certificates, EC parameters) are passed over. */
export function readKey(pem: string): KeyResult {
  const block = PRIVATE_KEY.exec(pem);
  if (block === null) {
    return { code: 'KEY_MALFORMED', message: 'it holds no PEM block "PRIVATE KEY"' };
  }
  if (block[1]?.startsWith('ENCRYPTED') === true || block[0].includes('Proc-Type: 4,ENCRYPTED')) {
    return {
      code: 'KEY_ENCRYPTED',
      message:
        'the key is encrypted, and penstock cannot ask for its passphrase; decrypt it (openssl pkey -in KEY -out PLAIN) and protect the file by its mode',
    };
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(block[0]);
  } catch {
    // What OpenSSL says about it helps nobody, and nothing that read a key should be repeated.
    return { code: 'KEY_MALFORMED', message: 'its private key cannot be parsed; the file may be damaged' };
  }
  const unsupported = unsupportedKey(key);
  return unsupported === null
    ? { key }
    : { code: 'KEY_UNSUPPORTED', message: `its key is ${unsupported}; ${SUPPORTED} supported` };
}

/** What a key is that no listener could use, or null. */
export function unsupportedKey(key: KeyObject): string | null {
  const type = key.asymmetricKeyType;
  const details = key.asymmetricKeyDetails ?? {};
  if (type === 'ed25519') return null;
  if (type === 'rsa') {
    const bits = details.modulusLength ?? 0;
    return bits >= MIN_RSA_BITS ? null : `RSA of ${bits} bits`;
  }
  if (type !== 'ec') return `of type ${type ?? 'unknown'}`;
  const curve = details.namedCurve ?? 'unknown';
  const bytes = SPKI_BYTES.get(curve);
  if (bytes === undefined) return `ECDSA on the curve ${curve}`;
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  // RFC 5480 2.1.1: curves in certificates are named. BoringSSL refuses any other form, uWebSockets.js without a word.
  return publicKey.export({ type: 'spki', format: 'der' }).length === bytes
    ? null
    : `ECDSA with the curve ${curve} spelt out in numbers or a compressed point`;
}
