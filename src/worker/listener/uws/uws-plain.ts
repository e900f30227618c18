// cold: runs once per connection
/** The plain HTTP connections of one listening address: one uWS app that the door hands them to. Worker thread. */

import type { TemplatedApp } from '../../../native/uws-types.ts';
import type { SocketTaker } from '../engine-listener.ts';
import { countConnections, type UwsContext } from './uws-context.ts';

export class UwsPlain implements SocketTaker {
  readonly #app: TemplatedApp;
  #connections = 0;

  constructor(context: UwsContext) {
    this.#app = context.uws.App();
    this.#app.any('/*', context.handler);
    countConnections(this.#app, (change) => {
      this.#connections += change;
      context.count(change);
    });
  }

  get connections(): number {
    return this.#connections;
  }

  take(fd: number): void {
    this.#app.adoptSocket(fd);
  }

  /** Plain connections have no certificates. */
  adopt(): void {}

  close(): void {
    this.#app.close();
  }
}
