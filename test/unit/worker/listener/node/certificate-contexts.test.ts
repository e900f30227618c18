import type { SecureContext, SecureContextOptions } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeyWriter,
} from '../../../../../src/bridge/memory/ticket-keys.ts';
import type { Certificate } from '../../../../../src/bridge/snapshot/model.ts';
import {
  CertificateContexts,
  type ServedCertificates,
} from '../../../../../src/worker/listener/node/certificate-contexts.ts';

const made = { options: [] as SecureContextOptions[], ticketKeys: [] as Uint8Array[] };

/** Contexts that cost nothing, of a Node without the ticket callback. A key of `bad` cannot be loaded. */
function makeContext(options: SecureContextOptions): SecureContext {
  made.options.push(options);
  if (options.key === 'bad') throw new Error('key values mismatch');
  const setTicketKeys = (keys: Uint8Array): void => void made.ticketKeys.push(keys);
  return { of: options.cert, context: { setTicketKeys } } as SecureContext;
}

const certificate = (id: string, keyPem = 'good'): Certificate => ({
  id,
  hosts: [],
  chainPem: id,
  keyPem,
  notAfterMs: 0,
  source: 'manual',
  origin: { file: 'test', line: 1, column: 1 },
});

/** Any label that begins with `unknown` has no certificate; any other has the one of its first label. */
function served(
  fallback: Certificate | null,
  of = (label: string) => certificate(label),
): ServedCertificates {
  return {
    defaultCertificate: fallback,
    certificateFor: (name) =>
      name.startsWith('unknown') ? null : { pattern: name, certificate: of(name.split('.')[0] ?? '') },
  };
}

const idOf = (context: SecureContext | null): unknown => (context as { of?: unknown } | null)?.of ?? null;

function open(certificates: ServedCertificates) {
  const ticketKeys = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  const writer = new TicketKeyWriter(ticketKeys);
  writer.rotate(new Uint8Array(TICKET_KEY_BYTES).fill(1));
  const reports: string[] = [];
  const contexts = new CertificateContexts(
    certificates,
    ticketKeys,
    (message) => reports.push(message),
    makeContext,
  );
  const get = (name: string): unknown => idOf(contexts.forName(name));
  return { writer, reports, contexts, get };
}

/** Certificates whose contexts were made since the last call. */
const newly = (): unknown[] => made.options.splice(0).map(({ cert }) => cert);

beforeEach(() => {
  made.options.length = 0;
  made.ticketKeys.length = 0;
});

describe('CertificateContexts', () => {
  it('begins connections without a certificate, with TLS 1.2 and 1.3 only', () => {
    open(served(null));
    expect(made.options[0]).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ca: [] });
    expect(made.options[0]).not.toHaveProperty('cert');
  });

  it('makes a context when a name first asks for it, one for all names of a certificate', () => {
    const { get } = open(served(certificate('default')));
    expect(newly()).toEqual([undefined, 'default']);
    expect([get('a.x'), get('A.X'), get('a.y.'), get('a.x')]).toEqual(['a', 'a', 'a', 'a']);
    expect(newly()).toEqual(['a']);
  });

  it.each(['', '.', 'unknown.test', 'UNKNOWN.test'])('has the default for "%s"', (name) => {
    expect(open(served(certificate('default'))).get(name)).toBe('default');
  });

  it('has nothing where there is no default', () => {
    const { contexts, get } = open(served(null));
    expect([get(''), get('unknown.test'), get('a.test'), contexts.fallback()]).toEqual([
      null,
      null,
      'a',
      null,
    ]);
  });

  it('keeps a bounded number of contexts, those that were used last, and always the default', () => {
    const { get } = open(served(certificate('default')));
    for (let i = 0; i < 2048; i++) get(`n${i}.test`);
    newly();
    expect([get('n0.test'), get('n2048.test')]).toEqual(['n0', 'n2048']);
    expect(newly()).toEqual(['n2048']);
    // The one that was not used for longest has gone, and only that.
    expect([get('n0.test'), get('n2.test'), get(''), get('n1.test')]).toEqual(['n0', 'n2', 'default', 'n1']);
    expect(newly()).toEqual(['n1']);
  });

  it('reports a certificate that cannot be loaded once and has the default for it', () => {
    const { get, reports } = open(served(certificate('default'), (label) => certificate(label, 'bad')));
    expect([get('a.test'), get('a.test'), get('b.test')]).toEqual(['default', 'default', 'default']);
    expect(reports).toEqual([
      'the certificate of a.test cannot be served: key values mismatch',
      'the certificate of b.test cannot be served: key values mismatch',
    ]);
  });

  it('takes what is replaced from the next snapshot, and makes nothing anew that is not', () => {
    const { contexts, get } = open(served(certificate('default')));
    get('a.test');
    newly();
    contexts.adopt(served(certificate('default'), (label) => certificate(`${label}-new`)));
    expect(newly()).toEqual([]);
    expect([get('a.test'), get('')]).toEqual(['a-new', 'default']);
    contexts.adopt(served(certificate('default-new')));
    expect([get('a.test'), get('')]).toEqual(['a', 'default-new']);
    // The context of before was let go of when it was replaced.
    expect(newly()).toEqual(['a-new', 'default-new', 'a']);
  });

  it('keeps the default of before where the next one is missing or cannot be loaded', () => {
    const { contexts, get, reports } = open(served(certificate('default')));
    contexts.adopt(served(null));
    contexts.adopt(served(certificate('default-new', 'bad')));
    expect(get('')).toBe('default');
    expect(reports).toEqual(['the default certificate cannot be served: key values mismatch']);
    contexts.adopt(served(certificate('default-new')));
    expect(get('')).toBe('default-new');
  });

  it('notices a rotation of the ticket keys where the contexts cannot ask for them', () => {
    const { contexts, writer } = open(served(certificate('default')));
    contexts.refreshKeys();
    expect(made.ticketKeys.map((keys) => keys[0])).toEqual([1]);
    writer.rotate(new Uint8Array(TICKET_KEY_BYTES).fill(2));
    contexts.refreshKeys();
    contexts.refreshKeys();
    expect(made.ticketKeys.map((keys) => keys[0])).toEqual([1, 2]);
  });
});
