/**
 * Makes a Node server listen on an address that other threads listen on too (SO_REUSEPORT). Any thread.
 *
 *     koffi   a socket of our own, given to the server by its descriptor    Linux; the outcome is known at once
 *     node    the option `reusePort` of `server.listen`                     Node ≥ 22.12 and 23.1, where libuv can
 *     none    a plain `server.listen`: one thread gets the address          everything else
 */

import type { ListenOptions, Server } from 'node:net';
import { formatAddress } from '../kit/address.ts';
import {
  canOpenListenSockets,
  closeFd,
  isListenAddress,
  type ListenSocketError,
  type ListenWish,
  openListenSocket,
} from './listen-socket.ts';
import { duplicateFd } from './socket-peek.ts';
import { isOlder } from './system.ts';

export type ReusePortMeans = 'node' | 'koffi' | 'none';

/** What the choice depends on. */
export interface ReusePortSystem {
  /** `process.platform`. */
  readonly platform: string;
  /** Without the `v`. */
  readonly node: string;
  /** `canOpenListenSockets()`. */
  readonly opensSockets: boolean;
}

/** The types are those of Node 20. */
type NodeListenOptions = ListenOptions & { readonly reusePort: boolean };

/** `process.platform` of the systems of which Node's manual says that `reusePort` works there. */
const NODE_PLATFORMS: ReadonlySet<string> = new Set(['linux', 'freebsd', 'sunos', 'aix']);
/** Came with 23.1 and was taken back to 22.12. */
const NODE_SINCE = '22.12';
const NODE_WITHOUT = '23.0';

/** The means that `listenReusePort` takes; `defers`: with `deferAcceptSeconds`, of which Node knows nothing. */
export function reusePortMeans(
  defers: boolean = false,
  system: ReusePortSystem = describeReusePortSystem(),
): ReusePortMeans {
  const { platform, node, opensSockets } = system;
  const byNode =
    NODE_PLATFORMS.has(platform) && !isOlder(node, NODE_SINCE) && !node.startsWith(`${NODE_WITHOUT}.`);
  if (opensSockets && (defers || !byNode)) return 'koffi';
  return byNode ? 'node' : 'none';
}

/**
 * `done` is called exactly once: before this function returns where the outcome is known by then, always so with koffi. An error has a
 * `code`: what the system said, or EINVAL for a host that is no IP address. The server must be a fresh one, and is not to be
 * closed before `done`. Without koffi `deferAcceptSeconds` is ignored.
 */
export function listenReusePort(
  server: Server,
  wish: ListenWish,
  done: (error: NodeJS.ErrnoException | null) => void,
  means: ReusePortMeans = reusePortMeans((wish.deferAcceptSeconds ?? 0) > 0),
): void {
  // Node would ask the name service for a host name, and throw for a bad port.
  if (!isListenAddress(wish)) {
    done(listenError({ code: 'EINVAL', syscall: 'bind' }, wish));
    return;
  }
  if (means !== 'koffi') {
    listen(server, nodeOptions(wish, means === 'node'), wish.backlog, done);
    return;
  }
  const fd = openListenSocket(wish);
  if (typeof fd !== 'number') {
    done(listenError(fd, wish));
    return;
  }
  listen(server, { fd }, wish.backlog, (error) => {
    // Node has not taken it over.
    if (error !== null) closeFd(fd);
    done(error);
  });
}

/** The same for a socket that listens already, such as one of another process. It is the server's once `done` gets null. */
export function listenOn(
  server: Server,
  fd: number,
  done: (error: NodeJS.ErrnoException | null) => void,
): void {
  listen(server, { fd }, undefined, done);
}

/** Another descriptor of the socket that a server listens with, the caller's to give away or to close; null where it cannot be had. */
export function duplicateListening(server: Server): number | null {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd?: number } | null };
  const fd = handle?.fd ?? -1;
  const copy = fd < 0 ? -1 : duplicateFd(fd);
  return copy < 0 ? null : copy;
}

function listen(
  server: Server,
  options: NodeListenOptions | { readonly fd: number },
  backlog: number | undefined,
  done: (error: NodeJS.ErrnoException | null) => void,
): void {
  const settle = (error: NodeJS.ErrnoException | null): void => {
    server.off('error', settle);
    server.off('listening', succeed);
    done(error);
  };
  const succeed = (): void => settle(null);
  server.on('error', settle);
  server.on('listening', succeed);
  // With a descriptor Node looks for the backlog in the second argument only, and listens once more with it.
  server.listen(options, backlog);
  if (server.listening) succeed();
}

/** `exclusive`: under a cluster the address is not the parent's business. */
function nodeOptions({ host, port }: ListenWish, reusePort: boolean): NodeListenOptions {
  return { port, exclusive: true, reusePort, ...(host === '' ? {} : { host }) };
}

/** As Node words it, less the translation of the code. */
function listenError({ code, syscall }: ListenSocketError, wish: ListenWish): NodeJS.ErrnoException {
  const { host, port } = wish;
  const address = formatAddress({ kind: 'tcp', host, port });
  return Object.assign(new Error(`${syscall} ${code} ${address}`), { code, syscall, address: host, port });
}

function describeReusePortSystem(): ReusePortSystem {
  const { platform } = process;
  return { platform, node: process.versions.node, opensSockets: canOpenListenSockets() };
}
