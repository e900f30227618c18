/**
 * gRPC through penstock, with @grpc/grpc-js at both ends: all four kinds of call, what is said beside the messages, and what ends a call
 * before its time. Plain at both ends, and over TLS at both ends.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { ask, connectEcho, type EchoClient, metadataOf } from '../support/grpc-client.ts';
import { startEcho } from '../support/grpc-echo.mjs';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor, within } from '../support/wait-for.ts';

type Echo = Awaited<ReturnType<typeof startEcho>>;

const HOST = 'grpc.test';
const MIB = 1024 * 1024;
const ENDS_SOON = { what: 'the end of the call', timeoutMs: 30_000 };
const PEER = fileURLToPath(new URL('../support/grpc-echo.mjs', import.meta.url));

let authority: Authority;
let penstock: RunningPenstock;
const echoes: Record<string, Echo> = {};
const clients: Record<string, EchoClient> = {};

beforeAll(async () => {
  authority = await makeAuthority();
  const own = await makeCertificate({ hosts: [HOST], issuer: authority });
  const endpoint = await makeCertificate({ hosts: ['127.0.0.1'], issuer: authority });
  const pair = { cert_chain: Buffer.from(endpoint.certPem), private_key: Buffer.from(endpoint.keyPem) };
  echoes.plain = await startEcho();
  echoes.tls = await startEcho({ credentials: grpc.ServerCredentials.createSsl(null, [pair]) });
  echoes.restless = await startEcho({
    options: { 'grpc.max_connection_age_ms': 150, 'grpc.max_connection_age_grace_ms': 10_000 },
  });
  const service = (echo: Echo, more: object): object => ({
    endpoints: [`127.0.0.1:${echo.port}`],
    timeouts: { response: '60s' },
    ...more,
  });
  penstock = await runPenstock({
    config: (ports) => ({
      listen: {
        http: `127.0.0.1:${ports.http}`,
        https: `127.0.0.1:${ports.https}`,
        admin: `127.0.0.1:${ports.admin}`,
        http2: true,
      },
      workers: 2,
      services: {
        plain: service(echoes.plain as Echo, { protocol: 'h2c' }),
        tls: service(echoes.tls as Echo, { protocol: 'h2', tls: { ca_file: 'ca.pem' } }),
        restless: service(echoes.restless as Echo, { protocol: 'h2c' }),
      },
      certificates: [{ cert_file: 'own.pem', key_file: 'own.key' }],
      routes: [
        { host: HOST, service: 'tls' },
        { host: 'restless.test', service: 'restless' },
        { service: 'plain' },
      ],
    }),
    files: { 'ca.pem': authority.rootPem, 'own.pem': own.certPem, 'own.key': own.keyPem },
  });
  clients.plain = connectEcho(`127.0.0.1:${penstock.ports.http}`, grpc.credentials.createInsecure());
  clients.tls = connectEcho(
    `127.0.0.1:${penstock.ports.https}`,
    grpc.credentials.createSsl(Buffer.from(authority.rootPem)),
    { 'grpc.ssl_target_name_override': HOST, 'grpc.default_authority': HOST },
  );
});

afterAll(async () => {
  for (const client of Object.values(clients)) client.close();
  await penstock?.stop();
  for (const echo of Object.values(echoes)) echo.stop();
});

describe.each(['plain', 'tls'])('gRPC, %s at both ends', (kind) => {
  const client = (): EchoClient => clients[kind] as EchoClient;
  const echo = (): Echo => echoes[kind] as Echo;

  it('unary', async () => {
    const { error, message, status } = await ask(client(), 'Unary', Buffer.from('hello')).answer;
    expect(error).toBeNull();
    expect(message?.toString()).toBe('hello');
    expect(status).toMatchObject({ code: grpc.status.OK, details: 'OK' });
  });

  it('an empty message is a message', async () => {
    expect((await ask(client(), 'Unary', Buffer.alloc(0)).answer).message).toHaveLength(0);
  });

  it('client streaming', async () => {
    const pieces = Array.from({ length: 500 }, (_, i) => Buffer.alloc(i));
    const { message } = await ask(client(), 'Collect', pieces).answer;
    expect(message?.toString()).toBe(`500 ${(499 * 500) / 2}`);
  });

  it('server streaming', async () => {
    const call = client().Spread(Buffer.from(JSON.stringify({ count: 1000, size: 1000 })));
    const got: number[] = [];
    call.on('data', (message: Buffer) => got.push(message.length === 1000 ? (message[0] as number) : -1));
    const [status] = await within(once(call, 'status'), ENDS_SOON);
    expect(status).toMatchObject({ code: grpc.status.OK });
    expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => i % 256));
  });

  it('bidirectional streaming, where each message waits for the answer to the one before', async () => {
    const call = client().Bidi();
    for (let i = 0; i < 50; i++) {
      call.write(Buffer.from(`message ${i}`));
      const [answer] = await within(once(call, 'data'), { what: `answer ${i}` });
      expect(answer.toString()).toBe(`message ${i}`);
    }
    call.end();
    call.resume();
    const [status] = await within(once(call, 'status'), ENDS_SOON);
    expect(status).toMatchObject({ code: grpc.status.OK });
  });

  it('every status with its message, in UTF-8', async () => {
    const text = 'fähl, 100 % ☂, and\na line';
    for (let code = 1; code <= 16; code++) {
      const { error } = await ask(client(), 'Unary', Buffer.from(text), {
        metadata: metadataOf([['fail-code', String(code)]]),
      }).answer;
      expect(error).toMatchObject({ code, details: text });
    }
  });

  it('metadata in front and behind, several values and bytes', async () => {
    const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const sent = [
      ['x-echo', 'one'],
      ['x-echo', 'two, with a comma'],
      ['x-echo-bin', binary],
      ['t-echo', 'behind'],
      ['t-echo-bin', binary],
      ['t-echo-bin', Buffer.from('second')],
    ] as const;
    const { metadata, status } = await ask(client(), 'Unary', Buffer.from('m'), {
      metadata: metadataOf(sent),
    }).answer;
    expect(metadata?.get('x-echo').join('|')).toMatch(/^one(\||, )two, with a comma$/);
    expect(metadata?.get('x-echo-bin')).toEqual([binary]);
    expect(status.metadata.get('t-echo')).toEqual(['behind']);
    expect(status.metadata.get('t-echo-bin')).toEqual([binary, Buffer.from('second')]);
  });

  it('metadata behind an error', async () => {
    const metadata = metadataOf([
      ['fail-code', '9'],
      ['t-echo', 'why'],
    ]);
    const { error } = await ask(client(), 'Unary', Buffer.from('x'), { metadata }).answer;
    expect(error).toMatchObject({ code: grpc.status.FAILED_PRECONDITION });
    expect(error?.metadata.get('t-echo')).toEqual(['why']);
  });

  it('an answer of trailers alone', async () => {
    const { error } = await ask(client(), 'Missing', Buffer.from('x')).answer;
    expect(error).toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  });

  it('a deadline is told to the server, and its passing ends the call there', async () => {
    const { seen } = echo();
    const cancelled = seen.cancelled;
    const asked = seen.deadlines.length;
    const deadline = Date.now() + 1500;
    const { answer } = ask(client(), 'Held', Buffer.from('x'), { deadline });
    expect((await answer).error).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
    expect(seen.deadlines.length).toBe(asked + 1);
    expect(Math.abs(Number(seen.deadlines[asked]) - deadline)).toBeLessThan(1000);
    await waitFor(() => seen.cancelled > cancelled, { what: 'the end at the server' });
  });

  it('a cancelled call ends at the server, unary or in the middle of a stream', async () => {
    const { seen, held } = echo();
    const before = seen.cancelled;
    const waiting = held.length;
    const unary = ask(client(), 'Held', Buffer.from('x'));
    await waitFor(() => held.length > waiting, { what: 'the call at the server' });
    unary.call.cancel();
    expect((await unary.answer).error).toMatchObject({ code: grpc.status.CANCELLED });
    await waitFor(() => seen.cancelled === before + 1, { what: 'the end at the server' });
    const bidi = client().Bidi();
    bidi.on('error', () => {});
    bidi.write(Buffer.from('first'));
    await within(once(bidi, 'data'), { what: 'the first answer' });
    bidi.cancel();
    await waitFor(() => seen.cancelled === before + 2, { what: 'the end of the stream at the server' });
  });

  it('messages of 4 MiB, both ways', async () => {
    const message = Buffer.alloc(4 * MIB, 'm');
    const { message: got } = await ask(client(), 'Unary', message).answer;
    expect(got?.equals(message)).toBe(true);
    const { message: collected } = await ask(client(), 'Collect', [message, message, message]).answer;
    expect(collected?.toString()).toBe(`3 ${12 * MIB}`);
  });
});

describe('gRPC', () => {
  it('fails no call where the endpoint sends every connection away after a while', async () => {
    const client = connectEcho(`127.0.0.1:${penstock.ports.http}`, grpc.credentials.createInsecure(), {
      'grpc.default_authority': 'restless.test',
    });
    const endMs = performance.now() + 3000;
    const failed: unknown[] = [];
    let answered = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() < endMs) {
        const { error } = await ask(client, 'Unary', Buffer.from('again')).answer;
        if (error === null) answered++;
        else failed.push(error);
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    client.close();
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
  });

  describe('with an endpoint of its own', () => {
    let peer: ChildProcess;
    let port = 0;
    let held = 0;

    beforeAll(async () => {
      peer = fork(PEER, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const [{ port: said }] = (await within(once(peer, 'message'), { what: 'the endpoint' })) as [
        { port: number },
      ];
      port = said;
      peer.on('message', (told: { held: number }) => {
        held = told.held;
      });
    });
    afterAll(() => peer.kill());

    it('10,000 calls at once over 50 connections', async () => {
      const CONNECTIONS = 50;
      const EACH = 200;
      penstock.writeConfig((ports) => ({
        listen: {
          http: `127.0.0.1:${ports.http}`,
          admin: `127.0.0.1:${ports.admin}`,
          https: false,
          http2: true,
        },
        workers: 2,
        services: {
          many: {
            endpoints: [`127.0.0.1:${port}`],
            protocol: 'h2c',
            timeouts: { response: '120s', connect: '30s' },
          },
        },
        routes: [{ service: 'many' }],
      }));
      expect((await penstock.reload()).status).toBe(200);
      const many = Array.from({ length: CONNECTIONS }, () =>
        connectEcho(`127.0.0.1:${penstock.ports.http}`, grpc.credentials.createInsecure()),
      );
      const answers = many.flatMap((client, i) =>
        Array.from(
          { length: EACH },
          (_, k) => ask(client, 'Held', Buffer.from(`${i} ${k}`), { withinMs: 200_000 }).answer,
        ),
      );
      await waitFor(
        () => {
          peer.send({});
          return held === CONNECTIONS * EACH;
        },
        { what: 'every call to be at the endpoint', timeoutMs: 100_000, intervalMs: 200 },
      );
      peer.send({ answer: true });
      const results = await Promise.all(answers);
      for (const client of many) client.close();
      const right = results.filter(
        ({ message }, i) => message?.toString() === `${Math.floor(i / EACH)} ${i % EACH}`,
      );
      expect(right).toHaveLength(CONNECTIONS * EACH);
    });
  });
});
