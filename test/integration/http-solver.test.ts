/** What the http-01 solver does where the answer cannot be had through penstock's own listeners: it says so before the authority is told. */

import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/kit/errors.ts';
import { HttpSolver } from '../../src/primary/certs/acme/challenge/http-solver.ts';
import type { PlainAddress } from '../../src/primary/certs/acme/challenge/self-fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const challenge = { host: 'a.test', token: 'tok', keyAuthorization: 'tok.print', dnsValue: '' };

async function listening(server: Server, host = '127.0.0.1'): Promise<PlainAddress> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { host, port: (server.address() as AddressInfo).port };
}

const answering = (listener: RequestListener, host?: string): Promise<PlainAddress> =>
  listening(createServer(listener), host);

/** `sets`: what the workers were given, set by set. */
function solverOf(listeners: readonly PlainAddress[]): { solver: HttpSolver; sets: string[][] } {
  const sets: string[][] = [];
  const solver = new HttpSolver({
    setChallenges: (tokens) => {
      sets.push(tokens.map(([token]) => token));
      return Promise.resolve();
    },
    plainListeners: () => listeners,
  });
  return { solver, sets };
}

async function refusalOf(listeners: readonly PlainAddress[]): Promise<string> {
  const { solver } = solverOf(listeners);
  const error = await solver
    .present(challenge, new AbortController().signal)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PenstockError);
  expect((error as PenstockError).code).toBe('PENSTOCK_CHALLENGE_FAILED');
  return (error as PenstockError).message;
}

const right: RequestListener = (_, response) => response.end(challenge.keyAuthorization);

describe('HttpSolver', () => {
  it('says which part of penstock it is that does not answer, where workers do not', async () => {
    const setChallenges = () => Promise.reject(new PenstockError('PENSTOCK_WORKER_FAILED', 'worker 1 hangs'));
    const solver = new HttpSolver({ setChallenges, plainListeners: () => [] });
    const error = await solver.present(challenge, new AbortController().signal).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'PENSTOCK_CHALLENGE_FAILED',
      detail: { code: 'http_self_check' },
      message: expect.stringMatching(/worker 1 hangs/),
    });
  });

  it('asks every plain listener for the path of the token, by the name', async () => {
    const asked: string[] = [];
    const noting: RequestListener = ({ url, headers }, response) => {
      asked.push(`${headers.host} ${url}`);
      response.end(challenge.keyAuthorization);
    };
    const { port } = await answering(noting);
    const { solver, sets } = solverOf([{ host: '', port }, await answering(noting, '::1')]);
    await solver.present(challenge, new AbortController().signal);
    expect(asked).toEqual(Array(2).fill('a.test /.well-known/acme-challenge/tok'));
    await solver.present({ ...challenge, token: 'other' }, new AbortController().signal);
    await solver.cleanUp(challenge);
    await solver.cleanUp({ ...challenge, token: 'unknown' });
    expect(sets).toEqual([['tok'], ['tok', 'other'], ['other']]);
  });

  it.each([
    ['status 404', ((_, response) => response.writeHead(404).end()) satisfies RequestListener],
    [
      'status 301',
      ((_, response) => response.writeHead(301, { location: '/' }).end()) satisfies RequestListener,
    ],
    ['something else', ((_, response) => response.end('tok.prin')) satisfies RequestListener],
    ['something else', ((_, response) => response.end('x'.repeat(1_000_000))) satisfies RequestListener],
    ['aborted', ((_, response) => response.socket?.destroy()) satisfies RequestListener],
  ])('says what one of them gives in its place: %s', async (found, listener) => {
    const wrong = await answering(listener);
    const message = await refusalOf([await answering(right), wrong]);
    expect(message).toContain(`127.0.0.1:${wrong.port}`);
    expect(message).toMatch(found === 'aborted' ? /hang up|aborted|ECONNRESET/ : found);
  });

  it('says that nobody listens', async () => {
    const closed = await answering(right);
    servers.pop()?.close();
    expect(await refusalOf([closed])).toContain('ECONNREFUSED');
    expect(await refusalOf([])).toContain('no plain listener is open');
  });

  it('gives up when it is told to', async () => {
    const silent = await listening(createTcpServer(() => abort.abort()));
    const abort = new AbortController();
    await expect(solverOf([silent]).solver.present(challenge, abort.signal)).rejects.toThrow('aborted');
  });

  it('refuses a token that would be another path', async () => {
    const { solver, sets } = solverOf([]);
    const signal = new AbortController().signal;
    await expect(solver.present({ ...challenge, token: '../x' }, signal)).rejects.toThrow('base64url');
    expect(sets).toEqual([]);
  });
});
