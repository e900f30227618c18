/** Whatever fields a client sends, in whatever order: what goes on has one reading, and nothing of ours can be forged. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { requestText } from '../../src/worker/exchange/request-text.ts';
import { RequestBody, RequestHead } from '../../src/worker/listener/request-head.ts';

const RUNS = 5000;

const token = fc.string({ unit: fc.constantFrom(...'abcxyz09-_.!~'), minLength: 1, maxLength: 16 });
/** Names that mean something, each with some of its hyphens as underscores now and then. */
const known = fc
  .tuple(
    fc.constantFrom(
      'content-length',
      'transfer-encoding',
      'connection',
      'keep-alive',
      'te',
      'trailer',
      'upgrade',
      'expect',
      'proxy-connection',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-real-ip',
      'forwarded',
      'x-request-id',
      'accept',
      'cookie',
    ),
    fc.nat(),
  )
  .map(([name, bits]) => {
    let hyphen = 0;
    return name.replaceAll('-', () => ((bits >> hyphen++) % 8 === 1 ? '_' : '-'));
  });
const value = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '5',
    '05',
    '6',
    '+5',
    '5, 5',
    'chunked',
    'Chunked',
    'gzip, chunked',
    'close',
    'keep-alive, x-real-ip',
    'x-request-id',
    'host',
  ),
  fc.string({ unit: fc.constantFrom(...'abz019 ,;:="\t'), maxLength: 20 }).map((text) => text.trim()),
);
const line = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: token }), value)
  .filter(([name]) => name !== 'host');
const lines = fc.array(line, { maxLength: 12 });

function read(fields: readonly (readonly [string, string])[]): RequestHead {
  const head = new RequestHead('POST', '/a', 2);
  head.addField('host', 'a.test');
  for (const [name, text] of fields) head.addField(name, text);
  return head;
}

const forwarding = (trusted: boolean) => ({
  target: '/a',
  host: 'a.test',
  peer: '10.9.8.7',
  trusted,
  client: '10.9.8.7',
  tls: false,
  localPort: 80,
  requestId: 'our-id',
});
const namesOf = (text: string): string[] =>
  text
    .split('\r\n')
    .slice(1)
    .filter((one) => one !== '')
    .map((one) => one.slice(0, one.indexOf(':')).toLowerCase());
const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

describe('request-head and request-text', () => {
  it('a request that is no fault has exactly one framing, and it is the one that was read', () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (fields, trusted) => {
        const head = read(fields);
        const lengths = fields.filter(([name]) => name === 'content-length').map(([, text]) => text);
        const codings = fields.filter(([name]) => name === 'transfer-encoding').map(([, text]) => text);
        const isSound =
          lengths.every((text) => /^\d{1,15}$/.test(text) && Number(text) === Number(lengths[0])) &&
          codings.every((text) => text.toLowerCase() === 'chunked') &&
          codings.length + Math.min(lengths.length, 1) <= 1;
        expect(head.fault === Fault.NONE).toBe(isSound);
        if (!isSound) return;
        const names = namesOf(requestText(head, forwarding(trusted), null));
        expect(count(names, 'content-length')).toBe(head.body === RequestBody.LENGTH ? 1 : 0);
        expect(count(names, 'transfer-encoding')).toBe(head.body === RequestBody.CHUNKED ? 1 : 0);
        expect(count(names, 'host')).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });

  it('hop-by-hop fields never go on, in no spelling', () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (fields, trusted) => {
        const names = namesOf(requestText(read(fields), forwarding(trusted), null)).map((name) =>
          name.replaceAll('_', '-'),
        );
        for (const name of [
          'connection',
          'keep-alive',
          'te',
          'trailer',
          'upgrade',
          'expect',
          'proxy-connection',
        ]) {
          expect(count(names, name)).toBe(0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('a peer that is not trusted cannot put a word into what penstock says, by no spelling and no Connection', () => {
    fc.assert(
      fc.property(lines, (fields) => {
        const text = requestText(read(fields), forwarding(false), null);
        const said = text
          .split('\r\n')
          .filter((one) => /^(x[-_]forwarded[-_]|x[-_]real[-_]ip|x[-_]request[-_]id|forwarded:)/i.test(one));
        expect(said).toEqual([
          'X-Forwarded-For: 10.9.8.7',
          'X-Forwarded-Proto: http',
          'X-Forwarded-Host: a.test',
          'X-Forwarded-Port: 80',
          'X-Real-IP: 10.9.8.7',
          'X-Request-Id: our-id',
        ]);
      }),
      { numRuns: RUNS },
    );
  });

  it('of a trusted peer each fact goes on once, and the peer itself is the last of X-Forwarded-For', () => {
    fc.assert(
      fc.property(lines, (fields) => {
        const text = requestText(read(fields), forwarding(true), null);
        const names = namesOf(text);
        for (const name of ['x-forwarded-for', 'x-request-id']) expect(count(names, name)).toBe(1);
        for (const name of ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip']) {
          expect(count(names, name)).toBe(Math.max(1, fields.filter(([one]) => one === name).length));
        }
        expect(text).toMatch(/\r\nX-Forwarded-For: (.*, )?10\.9\.8\.7\r\n/);
      }),
      { numRuns: RUNS },
    );
  });
});
