/** What a listener of this engine needs from it, and the one way to listen. Worker thread. */

import type { Listener } from '../../../bridge/snapshot/model.ts';
import { setListenerReceiveBuffer } from '../../../native/receive-buffer.ts';
import type { TemplatedApp, UwsHandler, UwsListenSocket, UwsModule } from '../../../native/uws-types.ts';

export interface ListenerContext {
  readonly uws: UwsModule;
  readonly handler: UwsHandler;
  /** +1 for a connection that opens, -1 for one that closes. */
  readonly count: (change: number) => void;
  /** Something went wrong that no one else would hear of. */
  readonly report: (message: string) => void;
}

/**
 * uWS reads a connection again at once, paused or not, for as long as each read fills its buffer of 512 KiB. A client on a fast
 * line would have a whole upload read into memory that way. The kernel doubles this and then never holds as much as that.
 */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

/** Listens with SO_REUSEPORT, as every worker does on the same address. Null: the address cannot be had. */
export function listenShared(app: TemplatedApp, listener: Listener): UwsListenSocket | null {
  let opened: UwsListenSocket | false = false;
  const keep = (socket: UwsListenSocket | false): void => {
    opened = socket;
  };
  if (listener.host === '') app.listen(listener.port, keep);
  else app.listen(listener.host, listener.port, keep);
  if (opened === false) return null;
  setListenerReceiveBuffer(listener.port, RECEIVE_BUFFER_BYTES);
  return opened;
}

/** +1 for each connection that opens, -1 for each that closes. */
export function countConnections(app: TemplatedApp, count: (change: number) => void): void {
  // biome-ignore lint/suspicious/useIterableCallbackReturn: uWS's filter is no array's, it wants nothing back
  app.filter((_, change) => {
    count(change);
  });
}

export function cannotListen(listener: Listener): string {
  return `cannot listen on ${listener.host === '' ? '' : listener.host}:${listener.port}: the address is in use or not of this machine`;
}
