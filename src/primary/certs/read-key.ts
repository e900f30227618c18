/**
 * Reads a private key from PEM text and checks that the HTTP engine can sign with it. Nothing of the key, not even
 * a part, is ever in what it says.
 */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type KeyResult = { readonly key: KeyObject } | { readonly code: string; readonly message: string };

const MIN_RSA_BITS = 2048;
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** By the octets of their name (RFC 5480 2.1.1.1, SEC 2): what a curve is called, and the bytes of a public key on it; 0: none of BoringSSL's. */
const CURVES: readonly (readonly [oid: string, name: string, spkiBytes: number])[] = [
  ['06082a8648ce3d030107', 'prime256v1', 91],
  ['06052b81040022', 'secp384r1', 120],
  ['06052b81040023', 'secp521r1', 158],
  ['06052b8104000a', 'secp256k1', 0],
];
/** Of the algorithm in a public key: the name of "EC" (RFC 5480 2.1.1), behind which the curve stands. */
const EC_PUBLIC_KEY = '06072a8648ce3d0201';
/** SEQUENCE, SEQUENCE and that name. */
const MOST_BEFORE_CURVE = 48;

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
  if (type === 'ed25519') return null;
  if (type === 'rsa') {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= MIN_RSA_BITS ? null : `RSA of ${bits} bits`;
  }
  if (type !== 'ec') return `of type ${type ?? 'unknown'}`;
  const spki = spkiOf(key);
  if (spki === null) return 'ECDSA and damaged';
  const curve = CURVES.find(([oid]) => isOnCurve(spki, oid));
  // RFC 5480 2.1.1: curves in certificates are named. BoringSSL refuses any other form, uWebSockets.js without a word.
  if (curve === undefined) return 'ECDSA with a curve that is not known, or spelt out in numbers';
  const [, name, bytes] = curve;
  if (bytes === 0) return `ECDSA on the curve ${name}`;
  return spki.length === bytes ? null : 'ECDSA with a compressed point';
}

/**
 * Not from `asymmetricKeyDetails`: for some damaged keys Node 20 ends the process there, as OpenSSL has parsed them but gives no EC key
 * out. Null: it cannot be written either.
 */
function spkiOf(key: KeyObject): Buffer | null {
  try {
    const publicKey = key.type === 'private' ? createPublicKey(key) : key;
    return publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return null;
  }
}

function isOnCurve(spki: Buffer, oid: string): boolean {
  const at = spki.indexOf(Buffer.from(EC_PUBLIC_KEY + oid, 'hex'));
  return at >= 0 && at < MOST_BEFORE_CURVE;
}
