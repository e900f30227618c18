/** ClientHellos that begin as TLS and break its grammar: every length against what it lies in. */

import { describe, expect, it } from 'vitest';
import {
  type ClientHello,
  HelloOutcome,
  readClientHello,
} from '../../../../../src/worker/listener/door/client-hello.ts';
import {
  alpnExtension,
  type Decision,
  decisionOn,
  extension,
  helloMessage,
  hex,
  inRecords,
  record,
  serverNameExtension,
  withLength,
} from '../../../../support/door-bytes.ts';

type Result = ClientHello | HelloOutcome;
const decide = (bytes: Uint8Array): Decision<Result> | null =>
  decisionOn<Result>(readClientHello, HelloOutcome.MORE, bytes);
const helloOf = (...extensions: readonly Uint8Array[]): Buffer => record(helloMessage({ extensions }));
const padding = (size: number): Buffer => extension(21, Buffer.alloc(size));

describe('readClientHello, malformed', () => {
  it.each([
    ['an empty record', hex('16 0301 0000'), 5],
    ['a record too long', hex('16 0301 4001 01'), 5],
    ['a ServerHello', hex('16 0301 0030 02'), 6],
    ['a HelloRequest', hex('16 0301 0004 00000000'), 6],
  ])('at the octet that shows it: %s', (_, bytes, at) => {
    expect(decide(bytes)).toEqual({ at, result: HelloOutcome.MALFORMED });
  });

  const fixed = Buffer.concat([hex('0303'), Buffer.alloc(32)]);
  const client = (...body: readonly Uint8Array[]): Buffer =>
    Buffer.concat([hex('01'), withLength(3, Buffer.concat(body))]);
  const session = hex('00');
  const suites = hex('0002 1301');
  const compressions = hex('01 00');

  it.each([
    ['an empty hello', client()],
    ['a hello that ends in its random', client(fixed.subarray(0, 33))],
    ['one that ends behind its random', client(fixed)],
    ['one that ends in its session id', client(fixed, hex('05 01020304'))],
    ['one that ends behind its session id', client(fixed, session)],
    ['one that ends in the length of its suites', client(fixed, session, hex('00'))],
    ['one that ends in its suites', client(fixed, session, hex('0004 1301'))],
    ['one that ends behind its suites', client(fixed, session, suites)],
    ['one that ends in its compressions', client(fixed, session, suites, hex('02 00'))],
    [
      'one that ends in the length of its extensions',
      client(fixed, session, suites, compressions, hex('00')),
    ],
    [
      'fewer extensions than their length says',
      client(fixed, session, suites, compressions, hex('0005 00150000')),
    ],
    [
      'more extensions than their length says',
      client(fixed, session, suites, compressions, hex('0003 00150000')),
    ],
    ['octets behind the extensions', client(fixed, session, suites, compressions, hex('0000 00'))],
    ['a session id too long', helloMessage({ sessionId: Buffer.alloc(33) })],
    ['no cipher suite', helloMessage({ suites: hex('') })],
    ['half a cipher suite', helloMessage({ suites: hex('130113') })],
    ['no compression', helloMessage({ compressions: hex('') })],
    ['an extension without its length', helloMessage({ extensions: [padding(3), hex('0015 00')] })],
    ['an extension beyond the hello', helloMessage({ extensions: [padding(3), hex('0015 0002 00')] })],
    [
      'two server_name extensions',
      helloMessage({ extensions: [serverNameExtension('a'), serverNameExtension('a')] }),
    ],
    [
      'two server_name extensions without a name',
      helloMessage({ extensions: Array(2).fill(serverNameExtension('1.2.3.4')) }),
    ],
    [
      'two ALPN extensions',
      helloMessage({ extensions: [alpnExtension('h2'), padding(0), alpnExtension('h2')] }),
    ],
    ['two names of a host', helloMessage({ extensions: [serverNameExtension('a', 'b')] })],
    ['an empty server_name extension', helloMessage({ extensions: [extension(0, hex(''))] })],
    ['half the length of a list of names', helloMessage({ extensions: [extension(0, hex('00'))] })],
    ['an empty list of names', helloMessage({ extensions: [extension(0, hex('0000'))] })],
    ['an empty name', helloMessage({ extensions: [serverNameExtension('')] })],
    ['an empty name of another type', helloMessage({ extensions: [extension(0, hex('0003 ff 0000'))] })],
    [
      'a list of names beyond its extension',
      helloMessage({ extensions: [extension(0, hex('0005 00 0001 61'))] }),
    ],
    [
      'a list of names short of its extension',
      helloMessage({ extensions: [extension(0, hex('0004 00 0001 61 00'))] }),
    ],
    ['a name beyond its list', helloMessage({ extensions: [extension(0, hex('0004 00 0002 61'))] })],
    ['a name without its length', helloMessage({ extensions: [extension(0, hex('0006 00 0001 61 00 00'))] })],
    [
      'a name of another type without its length',
      helloMessage({ extensions: [extension(0, hex('0006 00 0001 61 ff 00'))] }),
    ],
    ['an empty ALPN extension', helloMessage({ extensions: [extension(16, hex(''))] })],
    ['an empty list of protocols', helloMessage({ extensions: [alpnExtension()] })],
    ['an empty protocol', helloMessage({ extensions: [alpnExtension('h2', '')] })],
    ['a protocol beyond its list', helloMessage({ extensions: [extension(16, hex('0003 03 6832'))] })],
    [
      'a list of protocols beyond its extension',
      helloMessage({ extensions: [extension(16, hex('0004 02 6832'))] }),
    ],
    [
      'a list of protocols short of its extension',
      helloMessage({ extensions: [extension(16, hex('0003 02 6832 00'))] }),
    ],
  ])('when it is whole: %s', (_, message) => {
    for (const bytes of [record(message), inRecords(message, [2, 3])]) {
      expect(decide(bytes)).toEqual({ at: bytes.length, result: HelloOutcome.MALFORMED });
    }
  });

  it('no length inside can be wrong by one and be taken', () => {
    const bytes = helloOf(serverNameExtension('a.test'), alpnExtension('h2'));
    const [session, suites, compressions] = [5 + 4 + 34, 5 + 4 + 34 + 33, 5 + 4 + 34 + 33 + 6];
    const extensions = compressions + 2;
    const [nameAt, alpnAt] = [extensions + 2, extensions + 2 + 4 + 11];
    const lengths = [session, suites + 1, compressions, extensions + 1, nameAt + 3, nameAt + 5, nameAt + 8];
    for (const at of [...lengths, alpnAt + 3, alpnAt + 5, alpnAt + 6]) {
      for (const change of [1, -1]) {
        const changed = Buffer.from(bytes);
        changed[at]! += change;
        expect(readClientHello(changed), `octet ${at}, ${change}`).toBe(HelloOutcome.MALFORMED);
      }
    }
  });
});
