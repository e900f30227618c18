/** The server names of a certificate, and which hosts they cover (RFC 6125 section 6.4, RFC 9525). Pure. */

import type { X509Certificate } from 'node:crypto';

/** A name as TLS clients send it, or a wildcard of one whole left label. */
const SERVER_NAME = /^(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
const MAX_NAME_LENGTH = 253;

/** Whether a lower-case text can be a server name, wildcards included. An IP address in digits is none. */
export function isServerName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && SERVER_NAME.test(text) && !/^\d+(?:\.\d+){3}$/.test(text);
}

/**
 * The names that a certificate may be served for, lower-case, in its order: those of subjectAltName, and the common
 * name only where it has none (RFC 6125 section 6.4.4). What can never be asked for by SNI is left out.
 */
export function certificateNames(certificate: X509Certificate): readonly string[] {
  const names: string[] = [];
  const add = (text: string): void => {
    const name = text.toLowerCase();
    if (isServerName(name) && !names.includes(name)) names.push(name);
  };
  // Node.js quotes every entry that holds a comma or a quote; such a name is no server name and falls out in `add`.
  for (const entry of (certificate.subjectAltName ?? '').split(', ')) {
    if (entry.startsWith('DNS:')) add(entry.slice('DNS:'.length));
  }
  if (names.length === 0) {
    const commonName: unknown = certificate.toLegacyObject().subject?.CN;
    if (typeof commonName === 'string') add(commonName);
  }
  return names;
}

/** Whether a certificate for `names` is one for `host`. A wildcard stands for exactly one label; both are lower-case. */
export function namesCover(names: readonly string[], host: string): boolean {
  if (names.includes(host)) return true;
  const dot = host.indexOf('.');
  return dot > 0 && !host.startsWith('*.') && names.includes(`*${host.slice(dot)}`);
}
