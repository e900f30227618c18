/** Answers http-01 challenges on a port of this machine (RFC 8555 section 8.3), and notes what it was asked to do. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Challenge, ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';

export interface HttpSolver extends ChallengeSolver {
  readonly port: number;
  /** Presented and not cleaned up. */
  readonly open: Map<string, Challenge>;
  /** How many were presented. */
  readonly presented: number;
  /** Hosts whose answers are wrong. */
  readonly wrong: Set<string>;
  close(): Promise<void>;
}

const PREFIX = '/.well-known/acme-challenge/';

export async function startHttpSolver(): Promise<HttpSolver> {
  const open = new Map<string, Challenge>();
  const wrong = new Set<string>();
  let presented = 0;
  const server = createServer((request, response) => {
    const challenge = open.get(request.url?.slice(PREFIX.length) ?? '');
    if (challenge === undefined || wrong.has(challenge.host)) response.statusCode = 404;
    response.end(response.statusCode === 200 ? challenge?.keyAuthorization : 'nothing here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    type: 'http-01',
    port: (server.address() as AddressInfo).port,
    open,
    wrong,
    get presented() {
      return presented;
    },
    present: async (challenge) => {
      presented += 1;
      open.set(challenge.token, challenge);
    },
    cleanUp: async ({ token }) => void open.delete(token),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
