/** What a client sees of a TLS listener that is not penstock's own view: `openssl s_client`, with the root that it trusts. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { opensslClient } from './openssl-client.ts';
import { waitFor } from './wait-for.ts';

export interface Seen {
  /** The chain leads to the root, is valid now, and is for the host. */
  readonly verified: boolean;
  readonly issuer: string;
  readonly serial: string;
}

export interface SeenWhere {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly host: string;
  /** PEM file of what the client trusts. */
  readonly rootFile: string;
}

const run = promisify(execFile);
/** An attempt that fails on a busy machine is followed by another one within a minute. */
export const ISSUED_MS = 100_000;

export async function seeCertificate({ port, host, rootFile }: SeenWhere): Promise<Seen> {
  const args = ['-servername', host, '-verify_hostname', host, '-CAfile', rootFile, '-showcerts'];
  const { output } = await opensslClient(port, args);
  const x509 = run('openssl', ['x509', '-noout', '-serial', '-issuer']);
  x509.child.stdin?.end(output);
  const facts = (await x509).stdout;
  return {
    verified: /Verify return code: 0 /.test(output),
    serial: /serial=(\w+)/.exec(facts)?.[1] ?? '',
    issuer: /issuer=(.*)/.exec(facts)?.[1] ?? '',
  };
}

/** Until it is verified; with `after`, until it is another one than that. */
export function seeVerified(where: SeenWhere, after: Seen | null = null): Promise<Seen> {
  return waitFor(
    async () => {
      const seen = await seeCertificate(where);
      return seen.verified && seen.serial !== after?.serial ? seen : null;
    },
    {
      what: `${where.host} to be served with ${after === null ? 'a' : 'another'} certificate of the authority`,
      timeoutMs: ISSUED_MS,
      intervalMs: 200,
    },
  );
}
