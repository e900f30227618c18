/**
 * What a route answers, every action with every policy that changes it, by table: each combination is a route of its own, asked over
 * every wire, by every kind of request, under its host and under a name that it redirects from. One engine is asked: what a route
 * does is the same code for both.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, Agent as PlainAgent, request, type Server } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, startBed, TLS_HOST } from '../support/conformance-bed.ts';

const ACTIONS = ['service', 'unix', 'split', 'redirect', 'respond'] as const;
const FORWARDS: readonly string[] = ['service', 'unix', 'split'];
const HSTS = ['none', 'sent', 'overridden'] as const;

interface Combination {
  readonly name: string;
  readonly action: (typeof ACTIONS)[number];
  readonly tls: 'off' | 'self_signed';
  readonly httpsRedirect: boolean | null;
  readonly hsts: (typeof HSTS)[number];
  readonly rewritesHost: boolean;
  readonly host: string;
  readonly alias: string;
}

const COMBINATIONS: readonly Combination[] = ACTIONS.flatMap((action) =>
  (['off', 'self_signed'] as const).flatMap((tls) =>
    // Left out, and the other way round.
    [null, tls === 'off'].flatMap((httpsRedirect) =>
      HSTS.flatMap((hsts) =>
        (FORWARDS.includes(action) ? [false, true] : [false]).map((rewritesHost) => {
          const name = `${action}, tls ${tls}, https_redirect ${httpsRedirect}, hsts ${hsts}${rewritesHost ? ', rewrite.host' : ''}`;
          return { name, action, tls, httpsRedirect, hsts, rewritesHost };
        }),
      ),
    ),
  ),
).map((combination, index) => ({ ...combination, host: `c${index}.test`, alias: `w${index}.test` }));

const ACTION_KEYS = {
  service: { service: 'tcp' },
  unix: { service: 'unix' },
  split: { split: ['tcp', 'unix'].map((service) => ({ service, weight: 1 })) },
  redirect: { redirect: { to: '{scheme}://elsewhere.test{uri}', status: 302 } },
  respond: { respond: { status: 203, body: 'here', headers: { 'X-Here': '1' } } },
};
const OVERRIDE = { 'Strict-Transport-Security': 'max-age=7' };
const BODY_LIMIT = 5;
const TARGET = '/a/b%20c?d=e';

function routeOf({ action, tls, httpsRedirect, hsts, rewritesHost, host, alias }: Combination): object {
  return {
    host,
    redirect_from: [alias],
    ...ACTION_KEYS[action],
    // `tls: off` with `https_redirect: true` is refused; left out it is off too, and TLS may end in front of penstock.
    ...(tls === 'off' ? {} : { tls }),
    ...(httpsRedirect === null ? {} : { https_redirect: httpsRedirect }),
    ...(hsts === 'none' ? {} : { hsts: { enabled: true, include_subdomains: true } }),
    response_headers: { set: { 'X-Route': action, ...(hsts === 'overridden' ? OVERRIDE : {}) } },
    ...(rewritesHost ? { rewrite: { host: 'inside.test:81' } } : {}),
    body_bytes: BODY_LIMIT,
  };
}

/** `proxied`: over plain HTTP by a trusted proxy that took the request by HTTPS. */
const WIRES = ['plain', 'tls', 'proxied'] as const;
type Wire = (typeof WIRES)[number];

/** Method, and bytes of the body. */
const REQUESTS = [
  ['GET', 0],
  ['HEAD', 0],
  ['POST', BODY_LIMIT],
  ['POST', BODY_LIMIT + 1],
] as const;

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly hsts: string | null;
  /** Null unless an endpoint answered: the Host that it got. */
  readonly endpointHost: string | null;
  /** The route's own header. */
  readonly route: string | null;
  readonly body: string;
}

/** The table in the words of docs/redirects-and-hsts.md. */
function expected(
  combination: Combination,
  wire: Wire,
  name: string,
  [method, bytes]: (typeof REQUESTS)[number],
  ports: Bed['penstock']['ports'],
): Partial<Answer> {
  const { action, tls, host, alias } = combination;
  const secure = wire !== 'plain';
  const isForced = combination.httpsRedirect ?? tls === 'self_signed';
  const sent = { none: null, sent: 'max-age=31536000; includeSubDomains', overridden: 'max-age=7' };
  const hsts = secure ? sent[combination.hsts] : null;
  const permanent = method === 'POST' ? 308 : 301;
  const own = { hsts, endpointHost: null, route: null };
  if (isForced && !secure)
    return { ...own, status: permanent, location: `https://${host}:${ports.https}${TARGET}` };
  if (name === alias) {
    const port = wire === 'tls' ? ports.https : ports.http;
    const scheme = secure ? 'https' : 'http';
    return { ...own, status: permanent, location: `${scheme}://${host}:${port}${TARGET}` };
  }
  if (action === 'redirect') {
    const location = `${secure ? 'https' : 'http'}://elsewhere.test${TARGET}`;
    return { ...own, status: 302, location, route: action };
  }
  if (action === 'respond')
    return { ...own, status: 203, location: null, route: action, body: method === 'HEAD' ? '' : 'here' };
  if (bytes > BODY_LIMIT) return { ...own, status: 413, location: null };
  const listener = wire === 'tls' ? ports.https : ports.http;
  return {
    status: 200,
    location: null,
    // Where penstock sends none, the endpoint's own passes.
    hsts: hsts ?? 'max-age=1',
    endpointHost: combination.rewritesHost ? 'inside.test:81' : `${host}:${listener}`,
    route: action,
    body: method === 'HEAD' ? '' : `${bytes}`,
  };
}

/** Says which Host it got and how long the body was. */
function endpoint(): Server {
  return createServer((asked, answer) => {
    let bytes = 0;
    asked.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    asked.on('end', () => {
      answer.writeHead(200, {
        'X-Endpoint-Host': asked.headers.host ?? '',
        'strict-Transport-security': 'max-age=1',
      });
      answer.end(`${bytes}`);
    });
  });
}

const one = (headers: IncomingHttpHeaders, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join('; twice: ') ?? null);
};

describe('routes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-routes-'));
  const tcp = endpoint();
  const unix = endpoint();
  const plainAgent = new PlainAgent({ keepAlive: true, maxSockets: 8 });
  const tlsAgent = new TlsAgent({
    keepAlive: true,
    maxSockets: 8,
    servername: TLS_HOST,
    rejectUnauthorized: false,
  });
  let bed: Bed;

  beforeAll(async () => {
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => unix.listen(join(folder, 'app.sock'), resolve));
    const { port } = tcp.address() as AddressInfo;
    bed = await startBed({
      config: { trusted_proxies: ['127.0.0.1'] },
      services: {
        tcp: { endpoints: [`127.0.0.1:${port}`] },
        unix: { endpoints: [`unix:${join(folder, 'app.sock')}`] },
      },
      routes: COMBINATIONS.map(routeOf),
    });
  });
  afterAll(async () => {
    plainAgent.destroy();
    tlsAgent.destroy();
    await bed.stop();
    for (const server of [tcp, unix]) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true });
  });

  function ask(wire: Wire, name: string, [method, bytes]: (typeof REQUESTS)[number]): Promise<Answer> {
    const port = wire === 'tls' ? bed.penstock.ports.https : bed.penstock.ports.http;
    const headers = {
      Host: `${name}:${port}`,
      'X-Forwarded-Proto': wire === 'plain' ? 'http' : 'https',
      ...(bytes === 0 ? {} : { 'Content-Length': `${bytes}` }),
    };
    const options = { host: '127.0.0.1', port, method, path: TARGET, headers };
    return new Promise((resolve, reject) => {
      const sent =
        wire === 'tls'
          ? requestTls({ ...options, agent: tlsAgent, servername: TLS_HOST })
          : request({ ...options, agent: plainAgent });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          body += piece;
        });
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            location: one(answer.headers, 'location'),
            // The raw fields, so that a second one would show.
            hsts: answer.headersDistinct['strict-transport-security']?.join('; twice: ') ?? null,
            endpointHost: one(answer.headers, 'x-endpoint-host'),
            route: one(answer.headers, 'x-route'),
            body,
          }),
        );
      });
      sent.end('b'.repeat(bytes));
    });
  }

  it.each(COMBINATIONS)('$name', async (combination) => {
    const { host, alias } = combination;
    const cases = WIRES.flatMap((wire) => [
      ...REQUESTS.map((wish) => ({ wire, name: host, wish })),
      ...REQUESTS.filter(([, bytes]) => bytes <= BODY_LIMIT).map((wish) => ({ wire, name: alias, wish })),
    ]);
    await Promise.all(
      cases.map(async ({ wire, name, wish }) => {
        const answer = await ask(wire, name, wish);
        const wanted = expected(combination, wire, name, wish, bed.penstock.ports);
        expect(answer, `${wire} ${wish.join(' ')} ${name}`).toMatchObject(wanted);
      }),
    );
  });
});
