/** Real HTTP/2 servers on node:http2 for the upstream side, plain or with TLS, and pools that speak to them. */

import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { PoolEndpoint, PoolService } from '../../src/worker/upstream/pool-ground.ts';
import { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { LIMITS } from './upstream-call.ts';

export const H2C: PoolService = { ...LIMITS, protocol: 'h2c' };

export interface AskedStream {
  readonly stream: ServerHttp2Stream;
  /** As node:http2 joins them. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly raw: readonly string[];
  /** Counts sessions from 0. */
  readonly session: number;
  readonly endsAtHead: boolean;
}

export interface H2OriginOptions extends ServerOptions {
  /** TLS with these. */
  readonly tls?: SecureServerOptions;
  /** A unix socket path instead of a port. */
  readonly path?: string;
}

export interface H2Origin {
  readonly port: number;
  readonly sessions: readonly ServerHttp2Session[];
  /** Sessions that stand now. */
  open(): number;
  close(): Promise<void>;
}

const FLAG_END_STREAM = 1;

export async function startH2Origin(
  onStream: (asked: AskedStream) => void,
  options: H2OriginOptions = {},
): Promise<H2Origin> {
  const { tls, path, ...serverOptions } = options;
  const server: Http2Server =
    tls === undefined ? createServer(serverOptions) : createSecureServer({ ...serverOptions, ...tls });
  const sessions: ServerHttp2Session[] = [];
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    session.on('error', () => {});
    sessions.push(session);
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers, flags, ...more) => {
    stream.on('error', () => {});
    const [raw] = more as unknown as [readonly string[]];
    const session = sessions.indexOf(stream.session as ServerHttp2Session);
    onStream({ stream, headers, raw, session, endsAtHead: (flags & FLAG_END_STREAM) !== 0 });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    sessions,
    open: () => sessions.filter((session) => !session.destroyed).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** 200 and the text. */
export function answer(stream: ServerHttp2Stream, text: string): void {
  stream.respond({ ':status': 200 });
  stream.end(text);
}

/** Requests that wait for `answerAll`, and on which session each came. */
export function holding(): {
  readonly asked: AskedStream[];
  onStream(stream: AskedStream): void;
  answerAll(): void;
} {
  const asked: AskedStream[] = [];
  return {
    asked,
    onStream: (stream) => {
      asked.push(stream);
    },
    answerAll: () => {
      for (const { stream } of asked.splice(0)) answer(stream, 'ok');
    },
  };
}

/** Everything that a test opens, closed in reverse by `end`. */
export class H2Bed {
  readonly #cleanUps: (() => unknown)[] = [];

  later(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
  }

  pools(options: { readonly clock?: Clock; readonly reports?: string[] } = {}): UpstreamPools {
    const pools = new UpstreamPools(options.clock ?? systemClock, (message) =>
      options.reports?.push(message),
    );
    this.later(() => pools.close());
    return pools;
  }

  endpoint(port: number, host: string = '127.0.0.1'): PoolEndpoint {
    return { key: 's/a', address: { kind: 'tcp', host, port } };
  }

  async origin<Origin extends { readonly port: number; close(): Promise<void> }>(
    starting: Promise<Origin>,
  ): Promise<{ origin: Origin; pools: UpstreamPools; endpoint: PoolEndpoint }> {
    const origin = await starting;
    this.later(() => origin.close());
    return { origin, pools: this.pools(), endpoint: this.endpoint(origin.port) };
  }
}
