/** ClientHellos as Node and openssl send them. */

import { describe, expect, it } from 'vitest';
import {
  type ClientHello,
  HelloOutcome,
  readClientHello,
} from '../../../../../src/worker/listener/door/client-hello.ts';
import { nodeHello, opensslHello } from '../../../../support/client-hellos.ts';
import { type Decision, decisionOn, inRecords } from '../../../../support/door-bytes.ts';
import { requireProgram } from '../../../../support/programs.ts';

type Result = ClientHello | HelloOutcome;
const decide = (bytes: Uint8Array): Decision<Result> | null =>
  decisionOn<Result>(readClientHello, HelloOutcome.MORE, bytes);
const expected = (serverName: string, ...protocols: readonly string[]): ClientHello => ({
  serverName,
  offersHttp2: protocols.includes('h2'),
  protocols,
});

describe('readClientHello, hellos of Node', () => {
  const versions = ['TLSv1.2', 'TLSv1.3'] as const;
  const wishes = [
    [{}, expected('')],
    [{ servername: 'Www.A.test' }, expected('www.a.test')],
    [{ ALPNProtocols: ['http/1.1'] }, expected('', 'http/1.1')],
    [{ servername: 'a.test', ALPNProtocols: ['h2', 'http/1.1'] }, expected('a.test', 'h2', 'http/1.1')],
  ] as const;
  it.each(versions.flatMap((version) => wishes.map(([wish, hello]) => [version, wish, hello] as const)))(
    '%s %j',
    async (version, wish, hello) => {
      const protocols = 'ALPNProtocols' in wish ? { ALPNProtocols: [...wish.ALPNProtocols] } : {};
      const bytes = await nodeHello({ ...wish, ...protocols, minVersion: version, maxVersion: version });
      expect(decide(bytes)).toEqual({ at: bytes.length, result: hello });
      // All in one record.
      const message = bytes.subarray(5);
      for (let cut = 1; cut < message.length; cut++) {
        expect(readClientHello(inRecords(message, [cut])), `cut at ${cut}`).toEqual(hello);
      }
      expect(readClientHello(inRecords(message, Array(message.length).fill(1)))).toEqual(hello);
    },
  );
});

requireProgram('openssl')('readClientHello, hellos of openssl', () => {
  it.each([
    [['-noservername', '-tls1_2'], expected('')],
    [['-noservername', '-tls1_3'], expected('')],
    [['-servername', 'A.Test', '-tls1_2', '-alpn', 'h2,http/1.1'], expected('a.test', 'h2', 'http/1.1')],
    [['-servername', 'a.test', '-tls1_3', '-alpn', 'http/1.1'], expected('a.test', 'http/1.1')],
    [['-servername', 'a.test', '-alpn', 'acme-tls/1'], expected('a.test', 'acme-tls/1')],
    [['-servername', 'a.test.'], expected('')],
    // Needs the lowest security level of this openssl; the TLS library is to refuse it, not the door.
    [['-servername', 'a.test', '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], expected('a.test')],
  ])('%j', async (args, hello) => {
    const bytes = await opensslHello(...args);
    expect(decide(bytes)).toEqual({ at: bytes.length, result: hello });
  });
});
