/**
 * The addresses that workers listen on, looked at from the primary before a snapshot names them: every worker binds with
 * SO_REUSEPORT, so a port that another program has would fail late, or be shared with a stranger. Primary thread.
 */

import { createServer } from 'node:net';
import type { HandedSocket } from '../../bridge/handed-sockets.ts';
import type { Listener } from '../../bridge/snapshot/model.ts';
import { formatAddress } from '../../kit/address.ts';
import type { Problem } from '../../kit/problem.ts';
import type { ConfigDraft, ListenAddressDraft } from '../draft.ts';

/** Where a listener is bound: an IP address, or empty for every interface, and a port. */
export interface Bound {
  readonly host: string;
  readonly port: number;
}

export type BoundLookup = (listener: string, configured: Bound) => Bound;

/** One per process: remembers what port 0 and names became, and which addresses are its own already. */
export class Addresses {
  readonly #bound = new Map<string, Bound>();
  /** Ids and ports of the listeners that serve. */
  #own: ReadonlySet<string> = new Set();
  #ownPorts: ReadonlySet<number> = new Set();

  /** `handed`: sockets that are this process's already. */
  constructor(handed: readonly HandedSocket[] = []) {
    for (const { listener, host, port } of handed) this.#bound.set(listener, { host, port });
    this.#own = new Set(this.#bound.keys());
    this.#ownPorts = new Set(handed.map(({ port }) => port));
  }

  /** Problems name the addresses that cannot be had. Nothing stays bound. */
  async look(draft: ConfigDraft, opensHttps: boolean): Promise<BoundLookup | readonly Problem[]> {
    const problems: Problem[] = [];
    const wanted = [
      ...draft.listen.http.map((configured) => ({
        id: `http ${formatAddress(configured.address)}`,
        configured,
      })),
      ...(opensHttps ? draft.listen.https : []).map((configured) => ({
        id: `https ${formatAddress(configured.address)}`,
        configured,
      })),
    ];
    for (const { id, configured } of wanted) {
      if (this.#own.has(id)) continue;
      const { host, port } = this.#bound.get(id) ?? configured.address;
      // A port that moves, say from 127.0.0.1 to every interface, is held by ourselves: the workers will say whether they
      // can share it, and the configuration before serves on if not.
      if (this.#ownPorts.has(port)) continue;
      const bound = await bindOnce(host, port);
      if (bound instanceof Error) problems.push(addressProblem(configured, bound));
      else this.#bound.set(id, bound);
    }
    if (problems.length > 0) return problems;
    return (id, address) => this.#bound.get(id) ?? address;
  }

  /** The listeners of the snapshot that serves from now on. */
  settle(listeners: readonly Listener[]): void {
    this.#own = new Set(listeners.map((listener) => listener.id));
    this.#ownPorts = new Set(listeners.map((listener) => listener.port));
    for (const id of this.#bound.keys()) if (!this.#own.has(id)) this.#bound.delete(id);
  }
}

function addressProblem(configured: ListenAddressDraft, error: NodeJS.ErrnoException): Problem {
  const address = formatAddress(configured.address);
  return {
    code: 'BAD_ADDRESS',
    path: 'listen',
    message: `cannot listen on ${address}: ${reasonOf(error)}`,
    origin: configured.origin,
  };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another program listens there (find it with: ss -ltnp)';
    case 'EACCES':
      return 'ports below 1024 need the capability CAP_NET_BIND_SERVICE';
    case 'EADDRNOTAVAIL':
      return 'the address does not belong to this machine';
    default:
      return error.message;
  }
}

/** Binds and lets go. Gives where it was, or what the system said. Every interface stays every interface. */
function bindOnce(host: string, port: number): Promise<Bound | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ port, exclusive: true, ...(host === '' ? {} : { host }) }, () => {
      const address = server.address();
      const bound =
        address !== null && typeof address === 'object'
          ? { host: host === '' ? '' : address.address, port: address.port }
          : { host, port };
      server.close(() => resolve(bound));
    });
  });
}
