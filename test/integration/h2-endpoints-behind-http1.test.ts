/** A client of HTTP/1.1 in front of endpoints of HTTP/2: what it gets when they answer, refuse, break and end. */

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { answer, type H2Origin, startH2Origin } from '../support/h2-origin.ts';
import {
  FrameType,
  type H2RawOrigin,
  MAX_CONCURRENT_STREAMS,
  startH2RawOrigin,
} from '../support/h2-raw-origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor, within } from '../support/wait-for.ts';

const REFUSED_STREAM = 7;
const INTERNAL_ERROR = 2;

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

let penstock: RunningPenstock;
let echo: H2Origin;
let tlsEcho: H2Origin;
const raws: H2RawOrigin[] = [];

/** What each raw endpoint does with a request, by its route; asked again on another session it answers. */
const RAW: Readonly<Record<string, Parameters<typeof startH2RawOrigin>[0]>> = {
  goaway: async (peer) => {
    peer.settings();
    for (;;) {
      const { stream } = await peer.next(FrameType.HEADERS);
      if (peer.number === 0) peer.goaway(0, 0);
      else peer.answer(stream, 'second session');
    }
  },
  refuse: async (peer) => {
    peer.settings();
    for (;;) {
      const { stream } = await peer.next(FrameType.HEADERS);
      if (peer.number === 0) peer.reset(stream, REFUSED_STREAM);
      else peer.answer(stream, 'second session');
    }
  },
  refuseAll: async (peer) => {
    peer.settings();
    for (;;) peer.reset((await peer.next(FrameType.HEADERS)).stream, REFUSED_STREAM);
  },
  reset: async (peer) => {
    peer.settings();
    for (;;) peer.reset((await peer.next(FrameType.HEADERS)).stream, INTERNAL_ERROR);
  },
  full: (peer) => peer.settings([[MAX_CONCURRENT_STREAMS, 0]]),
  http1: ({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  cut: async (peer) => {
    peer.settings();
    const { stream } = await peer.next(FrameType.HEADERS);
    peer.headers(stream, [[':status', '200']]);
    peer.data(stream, 'part');
    peer.reset(stream, INTERNAL_ERROR);
  },
};

beforeAll(async () => {
  const authority = await makeAuthority();
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1'], issuer: authority });
  const onStream: Parameters<typeof startH2Origin>[0] = ({ stream, headers }) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => {
      stream.respond(
        { ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-method': headers[':method'] },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'done' }));
      stream.end(`${headers[':authority']} ${headers[':path']} ${Buffer.concat(pieces).length}`);
    });
  };
  echo = await startH2Origin(onStream);
  tlsEcho = await startH2Origin(({ stream, headers }) => answer(stream, `tls ${headers[':scheme']}`), {
    tls: { cert: certPem, key: keyPem },
  });
  const services: Record<string, object> = {
    echo: { endpoints: [`127.0.0.1:${echo.port}`], protocol: 'h2c' },
    tls: { endpoints: [`127.0.0.1:${tlsEcho.port}`], protocol: 'h2', tls: { ca_file: 'ca.pem' } },
    untrusted: { endpoints: [`127.0.0.1:${tlsEcho.port}`], protocol: 'h2' },
  };
  for (const [name, script] of Object.entries(RAW)) {
    const origin = await startH2RawOrigin(script);
    raws.push(origin);
    services[name] = { endpoints: [`127.0.0.1:${origin.port}`], protocol: 'h2c' };
  }
  penstock = await runPenstock({
    config: {
      workers: 1,
      services,
      routes: Object.keys(services).map((service) => ({ path: `/${service}`, service })),
    },
    files: { 'ca.pem': authority.rootPem },
  });
});

afterAll(async () => {
  await penstock?.stop();
  for (const origin of [echo, tlsEcho, ...raws]) await origin?.close();
});

function ask(path: string, body: string | null = null): Promise<Got> {
  const answered = new Promise<Got>((resolve, reject) => {
    const headers = { host: 'client.test', te: 'trailers', connection: 'te' };
    const { http: port } = penstock.ports;
    const asked = request(
      { port, path, method: body === null ? 'GET' : 'POST', headers, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces).toString(),
            trailers: response.trailers,
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body ?? undefined);
  });
  return within(answered, { what: `an answer to ${path}` });
}

describe('behind HTTP/1.1, an endpoint of HTTP/2', () => {
  it('is asked and answers like any other', async () => {
    expect(await ask('/echo?q', 'x'.repeat(100_000))).toMatchObject({
      status: 200,
      headers: { 'set-cookie': ['a=1', 'b=2'], 'x-method': 'POST' },
      body: 'client.test /echo?q 100000',
      trailers: { 'x-sum': 'done' },
    });
    expect(await ask('/echo')).toMatchObject({ body: 'client.test /echo 0' });
    expect(echo.sessions).toHaveLength(1);
  });

  it('is spoken to over TLS', async () => {
    expect(await ask('/tls')).toMatchObject({ status: 200, body: 'tls https' });
  });

  it.each(['goaway', 'refuse'])(
    'that does not take a request (%s) gets it again on another session',
    async (name) => {
      expect(await ask(`/${name}`, 'body')).toMatchObject({ status: 200, body: 'second session' });
    },
  );

  it.each([
    ['refuseAll', 503, 'destination_unavailable'],
    ['reset', 502, 'connection_terminated'],
    ['full', 503, 'connection_limit_reached'],
    ['http1', 502, 'http_protocol_error'],
    ['untrusted', 502, 'tls_certificate_error'],
  ])('that fails (%s) is %i, and the client learns why', async (name, status, error) => {
    const got = await ask(`/${name}`);
    expect(got).toMatchObject({ status, headers: { 'proxy-status': `penstock; error=${error}` } });
    if (status === 503) expect(got.headers['retry-after']).toBe('1');
  });

  it('that breaks off in its answer has the client cut', async () => {
    await expect(ask('/cut')).rejects.toThrow(/aborted|socket hang up/);
  });

  it('counts as one connection for many requests', async () => {
    for (let i = 0; i < 5; i++) await ask('/echo');
    const line = /^penstock_upstream_connections_total\{service="echo",reused="true"\} ([0-9]+)$/m;
    const count = async (): Promise<number> =>
      Number(line.exec((await penstock.admin('/metrics')).text)?.[1]);
    await waitFor(async () => (await count()) >= 5, { what: 'the reuse to be counted' });
    expect(echo.sessions).toHaveLength(1);
  });
});
