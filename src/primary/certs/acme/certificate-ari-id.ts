/**
 * What a certificate is called where its renewal is spoken of (RFC 9773 section 4.1): base64url of its authority's key identifier, a dot, base64url of
 * its serial number, each as in the DER. Pure.
 */

import type { X509Certificate } from 'node:crypto';

/** id-ce-authorityKeyIdentifier, 2.5.29.35, as an OBJECT IDENTIFIER in DER. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('0603551d23', 'hex');
const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
/** keyIdentifier [0] IMPLICIT (RFC 5280 section 4.2.1.1). */
const KEY_IDENTIFIER = 0x80;

/** Null: the certificate names no key of its authority. */
export function certificateAriId(certificate: X509Certificate): string | null {
  const keyId = authorityKeyId(certificate.raw);
  return keyId === null
    ? null
    : `${keyId.toString('base64url')}.${serialOf(certificate).toString('base64url')}`;
}

/** The content of the INTEGER: a first bit that is set would be a sign. */
function serialOf({ serialNumber }: X509Certificate): Buffer {
  const hex = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`;
  const bytes = Buffer.from(hex, 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function authorityKeyId(der: Buffer): Buffer | null {
  const at = der.indexOf(AUTHORITY_KEY_IDENTIFIER);
  if (at < 0) return null;
  const behind = der.subarray(at + AUTHORITY_KEY_IDENTIFIER.length);
  const critical = element(behind, BOOLEAN);
  const value = element(critical === null ? behind : behind.subarray(2 + critical.length), OCTET_STRING);
  const fields = value === null ? null : element(value, SEQUENCE);
  return fields === null ? null : element(fields, KEY_IDENTIFIER);
}

/** The content of the element that begins here, if it is of this kind. Short lengths alone: key identifiers are 20 bytes or so. */
function element(der: Buffer, tag: number): Buffer | null {
  const length = der[1] ?? 0;
  if (der[0] !== tag || length >= 0x80 || der.length < 2 + length) return null;
  return der.subarray(2, 2 + length);
}
