import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { selfSignedStore } from '../../src/primary/certs/self-signed.ts';
import { type KeyType, makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { within } from '../support/wait-for.ts';
import { fixture } from './native-fixtures/run-script.ts';

interface Pair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The common name of the certificate that a client who trusts `ca` gets for `servername`. */
function commonNameFor(port: number, servername: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername, ca, agent: false, headers: { host: servername } };
    get(options, (answer) => {
      const peer = (answer.socket as TLSSocket).getPeerCertificate();
      answer.resume();
      answer.on('end', () => resolve(String(peer.subject.CN)));
    }).on('error', reject);
  });
}

/** Serves two certificates from one process: `main` as the default, `named` for its name. */
async function withServer(
  way: 'memfd' | 'tmpfs',
  main: Pair,
  named: Pair & { readonly name: string },
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = spawn(process.execPath, [fixture('serve-tls.mjs')], { stdio: ['pipe', 'ignore', 'pipe'] });
  try {
    server.stdin.write(`${JSON.stringify({ way, main, named })}\n`);
    const lines = createInterface({ input: server.stderr });
    const [line] = await within(once(lines, 'line'), { what: 'the server to listen' });
    expect(Number(line), line).toBeGreaterThan(0);
    await use(Number(line));
    const ended = once(server, 'exit');
    server.stdin.end();
    expect(await within(ended, { what: 'the server to end' })).toEqual([0, null]);
  } finally {
    server.kill('SIGKILL');
  }
}

const applies = process.platform === 'linux' && existsSync('/dev/shm');

describe.runIf(applies)('keys reach the engine in memory only', () => {
  it.each<['memfd' | 'tmpfs', KeyType]>([
    ['memfd', 'ec'],
    ['memfd', 'ec384'],
    ['memfd', 'ec521'],
    ['memfd', 'rsa'],
    ['memfd', 'ed25519'],
    ['tmpfs', 'ec'],
  ])('as a %s, with a key of type %s', async (way, keyType) => {
    const authority = await makeAuthority();
    const main = await makeCertificate({ hosts: ['main.test'], issuer: authority, keyType });
    const named = await makeCertificate({ hosts: ['named.test'], issuer: authority, keyType });
    await withServer(way, main, { name: 'named.test', ...named }, async (port) => {
      // The root alone is trusted: the whole chain has to arrive, and the key has to sign.
      expect(await commonNameFor(port, 'main.test', authority.rootPem)).toBe('main.test');
      expect(await commonNameFor(port, 'named.test', authority.rootPem)).toBe('named.test');
      expect(readdirSync('/dev/shm').filter((name) => name.startsWith('.penstock-'))).toEqual([]);
    });
  });

  it('self-signed ones too, which a client that trusts them takes', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'penstock-native-tls-'));
    try {
      const store = selfSignedStore(stateDir, systemClock);
      const { chainPem, keyPem } = await store.defaultCertificate();
      const named = await store.certificateFor('named.test');
      const pair = { name: 'named.test', certPem: named.chainPem, keyPem: named.keyPem };
      await withServer('memfd', { certPem: chainPem, keyPem }, pair, async (port) => {
        expect(await commonNameFor(port, 'named.test', named.chainPem)).toBe('named.test');
        expect(await commonNameFor(port, 'localhost', chainPem)).toBe('penstock default certificate');
        await expect(commonNameFor(port, 'named.test', chainPem)).rejects.toThrow('self-signed certificate');
      });
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });
});
