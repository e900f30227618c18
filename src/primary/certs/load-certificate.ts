/**
 * Reads one entry of `certificates:` from its files and finds out whether listeners can serve it. The HTTP engine
 * serves its default certificate without a word when a pair is bad, so all that can be wrong is found here, in the
 * primary, before a snapshot is made. Messages name files, never their content.
 */

import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Certificate } from '../../bridge/snapshot/model.ts';
import { messageOf } from '../../kit/errors.ts';
import type { Problem } from '../../kit/problem.ts';
import type { CertificateDraft } from '../draft.ts';
import { certificateId } from './certificate-id.ts';
import { certificateNames, namesCover } from './certificate-names.ts';
import { readKey, unsupportedKey } from './read-key.ts';

export type CertificateResult =
  | { readonly certificate: Certificate; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/** No chain comes near it; a device or a log named by mistake does not fill the memory. */
const MAX_FILE_BYTES = 1 << 20;
const CERTIFICATE_BLOCK = /-----BEGIN (X509 )?CERTIFICATE-----[\s\S]+?-----END \1?CERTIFICATE-----/g;

export type Report = (code: string, message: string) => void;

/** `path` is the entry's place in the tree, such as `certificates[0]`; `nowMs` is since the epoch. Never throws. */
export function loadCertificate(draft: CertificateDraft, path: string, nowMs: number): CertificateResult {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report: Report = (code, message) => problems.push({ code, path, message, origin: draft.origin });
  const warn: Report = (code, message) => warnings.push({ code, path, message, origin: draft.origin });

  const chain = readChain(draft.certFile, report);
  const key = readPrivateKey(draft.keyFile, report);
  if (chain === null || key === null) return { problems };
  const leaf = checkPair(chain, key, draft, report);
  if (leaf === null) return { problems };

  const notBeforeMs = Date.parse(leaf.validFrom);
  const notAfterMs = Date.parse(leaf.validTo);
  if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) {
    report(
      'CERT_MALFORMED',
      `certificate 1 of ${chain.length} in ${draft.certFile} has no readable validity`,
    );
    return { problems };
  }

  const own = certificateNames(leaf);
  const hosts = draft.hosts ?? own;
  if (hosts.length === 0) {
    report(
      'CERT_NO_NAMES',
      `${draft.certFile} names no host that a client could ask for; name them with hosts: [ … ]`,
    );
    return { problems };
  }
  // nginx, HAProxy and Traefik serve such a pair: the names were written on purpose, and a renewed file that lost a
  // name must not keep every other change from being applied.
  for (const host of hosts) {
    if (!(isIP(host) === 0 ? namesCover(own, host) : leaf.checkIP(host) !== undefined)) {
      const names = own.length === 0 ? 'no host' : own.join(', ');
      warn('CERT_HOST_NOT_COVERED', `${draft.certFile} is for ${names}; clients of ${host} will refuse it`);
    }
  }
  checkChain(chain, draft.certFile, warn);
  checkTimes(notBeforeMs, notAfterMs, draft.certFile, nowMs, warn);

  const chainPem = chain.map(String).join('');
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate: Certificate = Object.freeze({
    id: certificateId(chainPem, keyPem),
    hosts,
    chainPem,
    keyPem,
    notAfterMs,
    source: 'manual',
    origin: draft.origin,
  });
  return { certificate, warnings };
}

/** Every certificate of a file in its order; at least one. */
export function readChain(file: string, report: Report): readonly X509Certificate[] | null {
  const text = readText(file, 'CERT_UNREADABLE', report);
  if (text === null) return null;
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

export function readPrivateKey(file: string, report: Report): KeyObject | null {
  const text = readText(file, 'KEY_UNREADABLE', report);
  if (text === null) return null;
  const result = readKey(text);
  if ('key' in result) return result.key;
  report(result.code, `${file}: ${result.message}`);
  return null;
}

/** Latin-1, so that no byte is lost or added; PEM is ASCII. */
function readText(file: string, code: string, report: Report): string | null {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) {
      report(code, `${file} is not a file`);
    } else if (stat.size > MAX_FILE_BYTES) {
      report(code, `${file} has ${stat.size} bytes, more than any certificate or key (${MAX_FILE_BYTES})`);
    } else {
      return readFileSync(file, 'latin1');
    }
  } catch (error) {
    report(code, `cannot be read: ${messageOf(error)}`);
  }
  return null;
}

/** The first certificate, if the key is its key. */
export function checkPair(
  chain: readonly X509Certificate[],
  key: KeyObject,
  draft: Pick<CertificateDraft, 'certFile' | 'keyFile'>,
  report: Report,
): X509Certificate | null {
  const leaf = chain[0];
  if (leaf === undefined) return null;
  if (!leaf.checkPrivateKey(key)) {
    const place = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
    report(
      'CERT_KEY_MISMATCH',
      place < 0
        ? `the key in ${draft.keyFile} does not belong to the certificate in ${draft.certFile}`
        : `the key in ${draft.keyFile} belongs to certificate ${place + 1} of ${chain.length} in ${draft.certFile}; the server's own must come first, then the one that issued it, and so on`,
    );
    return null;
  }
  const unsupported = unsupportedKey(leaf.publicKey);
  if (unsupported !== null) {
    report('KEY_UNSUPPORTED', `${draft.certFile}: its key is ${unsupported}`);
    return null;
  }
  return leaf;
}

/** Each certificate should be issued by the next. Cross-signed extras are common and harmless, hence a warning. */
function checkChain(chain: readonly X509Certificate[], file: string, warn: Report): void {
  for (let index = 1; index < chain.length; index++) {
    const issued = chain[index - 1];
    const issuer = chain[index];
    if (issued === undefined || issuer === undefined || isIssuedBy(issued, issuer)) continue;
    warn(
      'CERT_CHAIN_ORDER',
      `certificate ${index + 1} of ${chain.length} in ${file} did not issue the one before it; clients may not find the way to an authority that they trust`,
    );
    return;
  }
}

function isIssuedBy(issued: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
  } catch {
    // An algorithm that this OpenSSL does not know: not for us to judge.
    return true;
  }
}

/** Times outside of now only warn: a restart must bring back every other host. */
export function checkTimes(
  notBeforeMs: number,
  notAfterMs: number,
  file: string,
  nowMs: number,
  warn: Report,
): void {
  if (notAfterMs <= nowMs) {
    warn('CERT_EXPIRED', `${file} expired on ${new Date(notAfterMs).toISOString()}`);
  } else if (notBeforeMs > nowMs) {
    warn('CERT_NOT_YET_VALID', `${file} is valid from ${new Date(notBeforeMs).toISOString()} on`);
  }
}
