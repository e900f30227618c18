/** One plain HTTP address: one uWS app. Worker thread. */

import type { Listener } from '../../../bridge/snapshot/model.ts';
import type { TemplatedApp, UwsListenSocket, UwsModule } from '../../../native/uws-types.ts';
import { cannotListen, countConnections, type ListenerContext, listenShared } from './listener-context.ts';

export class PlainListener {
  readonly listener: Listener;
  readonly #uws: UwsModule;
  readonly #app: TemplatedApp;
  #socket: UwsListenSocket | null;
  #connections = 0;

  static open(listener: Listener, context: ListenerContext): PlainListener | string {
    const opened = new PlainListener(listener, context);
    if (opened.#socket !== null) return opened;
    opened.close();
    return cannotListen(listener);
  }

  private constructor(listener: Listener, context: ListenerContext) {
    this.listener = listener;
    this.#uws = context.uws;
    this.#app = context.uws.App();
    this.#app.any('/*', context.handler);
    countConnections(this.#app, (change) => {
      this.#connections += change;
      context.count(change);
    });
    this.#socket = listenShared(this.#app, listener);
  }

  /** A plain listener has no certificates. */
  adopt(): void {}

  get connections(): number {
    return this.#connections;
  }

  stopAccepting(): void {
    if (this.#socket === null) return;
    this.#uws.us_listen_socket_close(this.#socket);
    this.#socket = null;
  }

  close(): void {
    this.stopAccepting();
    this.#app.close();
  }
}
