/**
 * What the two files of a certificate hold, once it is known that listeners can serve it. Primary thread. The HTTP engine serves its
 * default certificate without a word when a pair is bad, so all that can be wrong is found here, before a snapshot is made.
 * Messages name files, never their content.
 */

import { type KeyObject, X509Certificate } from 'node:crypto';
import { messageOf } from '../../kit/errors.ts';
import { certificateId } from './certificate-id.ts';
import { certificateNames } from './certificate-names.ts';
import { readKey, unsupportedKey } from './read-key.ts';
import { readPemFile } from './read-pem-file.ts';

/** The same wherever and whenever a configuration names the files. */
export interface CertificatePair {
  readonly id: string;
  /** Leaf first. */
  readonly chainPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  /** See `certificateNames`. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** That the chain is out of order, in words; null where it is not. */
  readonly chainRemark: string | null;
}

export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export type Report = (code: string, message: string) => void;

const CERTIFICATE_BLOCK = /-----BEGIN (X509 )?CERTIFICATE-----[\s\S]+?-----END \1?CERTIFICATE-----/g;

/** Of the text of both files; null for one that could not be read, which has been reported. Null: reported too. */
export function makePair(
  certText: string | null,
  keyText: string | null,
  files: PairFiles,
  report: Report,
): CertificatePair | null {
  const { certFile, keyFile } = files;
  const chain = certText === null ? null : parseChain(certText, certFile, report);
  const key = keyText === null ? null : parsePrivateKey(keyText, keyFile, report);
  if (chain === null || key === null) return null;
  const leaf = checkPair(chain, key, files, report);
  if (leaf === null) return null;

  const notBeforeMs = Date.parse(leaf.validFrom);
  const notAfterMs = Date.parse(leaf.validTo);
  if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) {
    report('CERT_MALFORMED', `certificate 1 of ${chain.length} in ${certFile} has no readable validity`);
    return null;
  }
  const chainPem = chain.map(String).join('');
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return Object.freeze({
    id: certificateId(chainPem, keyPem),
    chainPem,
    keyPem,
    names: certificateNames(leaf),
    notBeforeMs,
    notAfterMs,
    chainRemark: chainRemark(chain, certFile),
  });
}

/** Every certificate of a file in its order; at least one. */
export function readChain(file: string, report: Report): readonly X509Certificate[] | null {
  const read = readPemFile(file);
  if (typeof read !== 'string') return parseChain(read.text, file, report);
  report('CERT_UNREADABLE', read);
  return null;
}

export function readPrivateKey(file: string, report: Report): KeyObject | null {
  const read = readPemFile(file);
  if (typeof read !== 'string') return parsePrivateKey(read.text, file, report);
  report('KEY_UNREADABLE', read);
  return null;
}

function parseChain(text: string, file: string, report: Report): readonly X509Certificate[] | null {
  const blocks = text.match(CERTIFICATE_BLOCK);
  if (blocks === null) {
    const binary = text.charCodeAt(0) === 0x30;
    const hint = binary ? '; it looks like DER: convert it with openssl x509 -inform der' : '';
    report('CERT_MALFORMED', `${file} holds no PEM block "CERTIFICATE"${hint}`);
    return null;
  }
  const chain: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      chain.push(new X509Certificate(block));
    } catch (error) {
      const which = `certificate ${index + 1} of ${blocks.length} in ${file}`;
      report('CERT_MALFORMED', `${which} cannot be parsed (${messageOf(error)})`);
      return null;
    }
  }
  return chain;
}

function parsePrivateKey(text: string, file: string, report: Report): KeyObject | null {
  const result = readKey(text);
  if ('key' in result) return result.key;
  report(result.code, `${file}: ${result.message}`);
  return null;
}

/** The first certificate, if the key is its key. */
export function checkPair(
  chain: readonly X509Certificate[],
  key: KeyObject,
  { certFile, keyFile }: PairFiles,
  report: Report,
): X509Certificate | null {
  const leaf = chain[0];
  if (leaf === undefined) return null;
  if (!leaf.checkPrivateKey(key)) {
    const place = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
    report(
      'CERT_KEY_MISMATCH',
      place < 0
        ? `the key in ${keyFile} does not belong to the certificate in ${certFile}`
        : `the key in ${keyFile} belongs to certificate ${place + 1} of ${chain.length} in ${certFile}; the server's own must come first, then the one that issued it, and so on`,
    );
    return null;
  }
  const unsupported = unsupportedKey(leaf.publicKey);
  if (unsupported !== null) {
    report('KEY_UNSUPPORTED', `${certFile}: its key is ${unsupported}`);
    return null;
  }
  return leaf;
}

/** Each certificate should be issued by the next. Cross-signed extras are common and harmless, hence a warning. */
function chainRemark(chain: readonly X509Certificate[], file: string): string | null {
  for (let index = 1; index < chain.length; index++) {
    const issued = chain[index - 1];
    const issuer = chain[index];
    if (issued === undefined || issuer === undefined || isIssuedBy(issued, issuer)) continue;
    return `certificate ${index + 1} of ${chain.length} in ${file} did not issue the one before it; clients may not find the way to an authority that they trust`;
  }
  return null;
}

function isIssuedBy(issued: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
  } catch {
    // An algorithm that this OpenSSL does not know: not for us to judge.
    return true;
  }
}
