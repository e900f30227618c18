/**
 * Stands in front of a Pebble: passes requests on, notes them, and lets a test change what it says, so that an authority can be down, refuse, or offer
 * what this Pebble does not know (renewal information, RFC 9773). Pebble makes its URLs of the Host header, so every request comes this way.
 */

import { Agent, createServer, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { makeAuthority, makeCertificate } from './cert-maker.ts';
import { freePort } from './free-port.ts';
import type { Pebble } from './pebble.ts';

export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  /** What an account has signed; empty where it is not JSON. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface FrontAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface AuthorityFront {
  readonly directoryUrl: string;
  readonly caPem: string;
  readonly requests: FrontRequest[];
  /** Of every order that was made: its host. */
  readonly made: string[];
  /** Accounts that were made. */
  accounts: number;
  /** Connections are cut without an answer. */
  isDown: boolean;
  /** Answers in place of Pebble; null: Pebble does. */
  instead: (request: FrontRequest) => FrontAnswer | null;
  /** Changes the directory. */
  directory: (fields: Record<string, unknown>) => Record<string, unknown>;
  /** Pebble has done what was asked, and nobody hears of it: its answer never comes. */
  withheld: (request: FrontRequest) => boolean;
  /** What is downloaded in place of the chain that Pebble has signed: answers are not signed (RFC 8555 section 7.4.2). PEM. */
  chain: ((pem: string) => Promise<string>) | null;
  /** Of every answer, in place of Pebble's. */
  date: (() => Date) | null;
  /** Nothing listens at its port, until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

export const NEW_ORDER = '/order-plz';
export const NEW_ACCOUNT = '/sign-me-up';

export async function startAuthorityFront(pebble: Pebble): Promise<AuthorityFront> {
  // Of its own name: a client that trusts several finds the right one by it.
  const authority = await makeAuthority(`Front of ${pebble.port}`);
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1'], issuer: authority });
  const server = createServer({ cert: certPem, key: keyPem });
  const agent = new Agent({ keepAlive: true, ca: pebble.caPem });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  // Not one of the system's choice: somebody else could get it while it is shut.
  const port = await freePort();
  await listen(port);
  const front: AuthorityFront = {
    directoryUrl: `https://127.0.0.1:${port}/dir`,
    caPem: authority.rootPem,
    requests: [],
    made: [],
    accounts: 0,
    isDown: false,
    instead: () => null,
    directory: (fields) => fields,
    withheld: () => false,
    chain: null,
    date: null,
    shut,
    open: () => listen(port),
    close: async () => {
      if (server.listening) await shut();
      agent.destroy();
    },
  };
  server.on('request', async (incoming, answer) => {
    const body = await buffer(incoming);
    const asked = { method: incoming.method ?? '', path: incoming.url ?? '', payload: payloadOf(body) };
    front.requests.push(asked);
    if (front.isDown) return void incoming.socket.destroy();
    const own = front.instead(asked);
    if (front.date !== null) {
      answer.sendDate = false;
      answer.setHeader('date', front.date().toUTCString());
    }
    if (own !== null) return void answer.writeHead(own.status, own.headers).end(own.body ?? '');
    const { headers, method } = incoming;
    const passed = request(
      {
        host: '127.0.0.1',
        port: pebble.port,
        path: incoming.url,
        method,
        headers,
        agent,
      },
      async (from) => {
        const data = await buffer(from);
        if (incoming.url === NEW_ORDER && from.statusCode === 201) front.made.push(hostOf(asked));
        if (incoming.url === NEW_ACCOUNT && from.statusCode === 201) front.accounts++;
        if (from.statusCode !== undefined && from.statusCode < 400 && front.withheld(asked)) return;
        const text = await changed(front, from.headers['content-type'] ?? '', asked.path, data);
        const { date: _date, 'content-length': _length, connection: _connection, ...kept } = from.headers;
        answer.writeHead(from.statusCode ?? 502, kept).end(text);
      },
    );
    passed.on('error', () => incoming.socket.destroy());
    passed.end(body);
  });
  return front;
}

async function changed(
  { directory, chain }: AuthorityFront,
  contentType: string,
  path: string,
  data: Buffer,
): Promise<string | Buffer> {
  if (path === '/dir') return JSON.stringify(directory(JSON.parse(data.toString())));
  const isChain = contentType.startsWith('application/pem-certificate-chain');
  return isChain && chain !== null ? await chain(data.toString()) : data;
}

function hostOf({ payload }: FrontRequest): string {
  return (payload.identifiers as readonly { readonly value: string }[])[0]?.value ?? '';
}

function payloadOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(JSON.parse(body.toString()).payload, 'base64url').toString());
  } catch {
    return {};
  }
}
