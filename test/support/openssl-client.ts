/** `openssl s_client` against a port of this machine: a TLS client that is not Node's. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { within } from './wait-for.ts';

export interface OpensslAnswer {
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly output: string;
}

/**
 * Runs until the handshakes are done; with `say`, until the server has said that too. Then its standard input ends, and it
 * with it.
 */
export async function opensslClient(port: number, args: readonly string[], say = ''): Promise<OpensslAnswer> {
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end by itself before it has read anything.
  client.stdin.on('error', () => {});
  if (say === '') client.stdin.end();
  else {
    client.stdin.write(`${say}\n`);
    let heard = '';
    client.stdout.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      if (heard.includes(say)) client.stdin.end();
    });
  }
  try {
    const exit = once(client, 'close');
    const [out, error, [status]] = await within(
      Promise.all([text(client.stdout), text(client.stderr), exit as Promise<[number | null]>]),
      { what: 'openssl s_client to end' },
    );
    return { status, output: out + error };
  } finally {
    client.kill('SIGKILL');
  }
}
