/** Endpoints of HTTP/1.1 over TLS that a test scripts, and pools that speak to them, for one test file. */

import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { UpstreamTls } from '../../src/bridge/snapshot/model.ts';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { PoolEndpoint, PoolService } from '../../src/worker/upstream/pool-ground.ts';
import { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { type Authority, type MadeCertificate, makeAuthority, makeCertificate } from './cert-maker.ts';
import { type OriginConnection, originConnection } from './raw-origin.ts';
import { LIMITS } from './upstream-call.ts';
import { waitFor } from './wait-for.ts';

export interface TlsOrigin {
  readonly port: number;
  readonly connections: readonly OriginConnection[];
  /** Handshakes that ended well, and whether each resumed a session. */
  readonly resumed: readonly boolean[];
  /** Connections that stand now, whatever has come of their handshakes. */
  open(): Promise<number>;
}

export type TlsScript = (connection: OriginConnection, socket: TLSSocket) => Promise<unknown> | unknown;

export const HEAD_END = '\r\n\r\n';

export const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

export class UpstreamTlsBed {
  readonly authority: Authority;
  /** For `api.test`, `localhost` and 127.0.0.1. */
  readonly leaf: MadeCertificate;
  readonly #cleanUps: (() => unknown)[];

  private constructor(authority: Authority, leaf: MadeCertificate) {
    this.authority = authority;
    this.leaf = leaf;
    this.#cleanUps = [];
  }

  static async make(): Promise<UpstreamTlsBed> {
    const authority = await makeAuthority();
    const hosts = ['api.test', 'localhost', '127.0.0.1'];
    return new UpstreamTlsBed(authority, await makeCertificate({ hosts, issuer: authority }));
  }

  /** After each test. */
  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
  }

  later(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  async start(script: TlsScript, tls: TlsOptions = {}): Promise<TlsOrigin> {
    const connections: OriginConnection[] = [];
    const resumed: boolean[] = [];
    const { certPem: cert, keyPem: key } = this.leaf;
    const options = { cert, key, ALPNProtocols: ['http/1.1'], allowHalfOpen: true, ...tls };
    const server = createServer(options, (socket) => {
      resumed.push(socket.isSessionReused());
      const connection = originConnection(socket, connections.length);
      connections.push(connection);
      Promise.resolve(script(connection, socket)).catch(() => socket.destroy());
    });
    const accepted: Socket[] = [];
    server.on('connection', (socket) => accepted.push(socket));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.later(async () => {
      for (const socket of accepted) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    return { port: (server.address() as { port: number }).port, connections, resumed, open };
  }

  /** An endpoint that says which name it was asked for, over what, and by whom. */
  nameSayer(tls: TlsOptions = {}): Promise<TlsOrigin> {
    return this.start(async (connection, socket) => {
      for (;;) {
        await connection.take(HEAD_END);
        const shown = socket.getPeerCertificate()?.subject?.CN ?? 'nobody';
        await connection.write(ok(`${socket.servername} ${socket.alpnProtocol} ${shown}`));
      }
    }, tls);
  }

  /** Trusts the bed's authority unless `tls` says something else. */
  service(tls: Partial<UpstreamTls> = {}, limits: Partial<PoolService> = {}): PoolService {
    const { rootPem: caPem } = this.authority;
    const defaults = { serverName: '', caPem, verify: true, certPem: '', keyPem: '' };
    return { ...LIMITS, tls: { ...defaults, ...tls }, ...limits };
  }

  /** Pools, and what they report. */
  pools(clock: Clock = systemClock): { readonly pools: UpstreamPools; readonly reports: readonly string[] } {
    const reports: string[] = [];
    const pools = new UpstreamPools(clock, (message) => reports.push(message));
    this.later(() => pools.close());
    return { pools, reports };
  }
}

export const at = ({ port }: { readonly port: number }, host = '127.0.0.1'): PoolEndpoint => ({
  key: 's/a',
  address: { kind: 'tcp', host, port },
});

export const nothingLeft = (pools: UpstreamPools): Promise<boolean> =>
  waitFor(() => pools.stats()[0]?.open === 0, { what: 'nothing to be left' });
