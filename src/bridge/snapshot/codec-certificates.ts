/** The wire form of certificates, and of TLS to endpoints. Both threads; a part of the codec. */

import { decodeOrigin, encodeOrigin, type FileNames, uint64 } from './codec-parts.ts';
import { FlatReader } from './flat-reader.ts';
import { penstock } from './gen/snapshot.js';
import type { Certificate, CertificateSource, UpstreamTls } from './model.ts';

const wire = penstock.v1;

const SOURCES: readonly CertificateSource[] = ['manual', 'self_signed', 'default', 'acme'];

export function encodeUpstreamTls(tls: UpstreamTls): Uint8Array {
  const { serverName, caPem, certPem, keyPem } = tls;
  return wire.UpstreamTls.encode({ serverName, caPem, certPem, keyPem, insecure: !tls.verify }).finish();
}

export function decodeUpstreamTls(bytes: Uint8Array): UpstreamTls {
  const { serverName, caPem, insecure, certPem, keyPem } = wire.UpstreamTls.decode(new FlatReader(bytes));
  return Object.freeze({ serverName, caPem, verify: !insecure, certPem, keyPem });
}

export function encodeCertificate(certificate: Certificate, files: FileNames): Uint8Array {
  return wire.Certificate.encode({
    id: certificate.id,
    hosts: [...certificate.hosts],
    chainPem: certificate.chainPem,
    keyPem: certificate.keyPem,
    notAfterMs: certificate.notAfterMs,
    source: SOURCES.indexOf(certificate.source),
    origin: encodeOrigin(certificate.origin, files),
  }).finish();
}

export function decodeCertificate(bytes: Uint8Array, files: readonly string[]): Certificate {
  const message = wire.Certificate.decode(new FlatReader(bytes));
  return Object.freeze({
    id: message.id,
    hosts: message.hosts ?? [],
    chainPem: message.chainPem,
    keyPem: message.keyPem,
    notAfterMs: uint64(message.notAfterMs),
    source: SOURCES[message.source] ?? 'manual',
    origin: decodeOrigin(message.origin, files),
  });
}
