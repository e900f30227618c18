/** The listening sockets of the process before this one, until they are taken over. Primary thread. */

import type { HandedSocket } from '../bridge/handed-sockets.ts';
import { closeFd } from '../native/listen-socket.ts';

export class InheritedSockets {
  #left: readonly HandedSocket[];

  constructor(handed: readonly HandedSocket[]) {
    this.#left = handed;
  }

  /** What is not taken yet. */
  get left(): readonly HandedSocket[] {
    return this.#left;
  }

  /** Those of these listeners, the caller's from now on. */
  take(listeners: readonly { readonly id: string }[]): readonly HandedSocket[] {
    const ids = new Set(listeners.map(({ id }) => id));
    const taken = this.#left.filter(({ listener }) => ids.has(listener));
    this.#left = this.#left.filter(({ listener }) => !ids.has(listener));
    return taken;
  }

  /** What the configuration has no use for is not to stay open. */
  closeLeft(): void {
    for (const { fd } of this.#left) closeFd(fd);
    this.#left = [];
  }
}
