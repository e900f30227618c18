/**
 * Hands the work over to another process without a pause: it is started with the sockets that this one listens with, and once it serves, this one stops
 * accepting and lets its requests end. Where the other one does not come to serve, this one goes on as if nothing had been. Primary thread.
 *
 *   share sockets ─▶ start the successor ─┬─ ready  ─▶ handed over: the owner drains this process
 *                                         └─ failed, ended, too slow ─▶ the copies are closed, and the reason is told
 */

import type { HandedSocket } from '../bridge/handed-sockets.ts';
import type { Clock } from '../kit/clock.ts';
import { LogField } from '../kit/names.ts';
import { closeFd } from '../native/listen-socket.ts';
import type { UpgradeResult } from './control.ts';
import type { PrimaryOptions } from './primary-options.ts';
import type { Successor } from './succession.ts';

export class Upgrade {
  readonly #options: Pick<PrimaryOptions, 'succession' | 'log'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #shareSockets: () => Promise<readonly HandedSocket[]>;
  readonly #abort = new AbortController();
  /** Another process serves. */
  isOver = false;

  /** `shareSockets`: gives copies of all listening sockets. */
  constructor(
    options: Pick<PrimaryOptions, 'succession' | 'log'>,
    clock: Pick<Clock, 'nowMs'>,
    shareSockets: () => Promise<readonly HandedSocket[]>,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#shareSockets = shareSockets;
  }

  /** One after the other; the owner sees to that. Never rejects. */
  async run(): Promise<UpgradeResult> {
    const {
      succession,
      log: { logger },
    } = this.#options;
    const startedMs = this.#clock.nowMs();
    const successor = await this.#start();
    const durationMs = this.#clock.nowMs() - startedMs;
    if ('failure' in successor) {
      const message = `this process goes on: ${successor.failure}`;
      logger.error(`the upgrade failed, ${message}`);
      return { outcome: 'failed', pid: null, message, durationMs };
    }
    this.isOver = true;
    const { pid } = successor;
    const message = `process ${pid} serves; process ${process.pid} ends with its last request`;
    logger.info({ [LogField.SUCCESSOR]: pid }, `handed over: ${message}`);
    succession?.onHandedOver(pid);
    return { outcome: 'handed_over', pid, message, durationMs };
  }

  /** This process stops: a successor that does not serve yet is ended. */
  cancel(): void {
    this.#abort.abort();
  }

  async #start(): Promise<Successor> {
    const { succession } = this.#options;
    const { signal } = this.#abort;
    if (succession === null)
      return { failure: 'it is a part of another program, which has to be started anew itself' };
    if (this.isOver || signal.aborted) return { failure: 'it is about to end' };
    const sockets = await this.#shareSockets();
    try {
      if (sockets.length === 0)
        return { failure: 'its sockets cannot be handed on: that works on Linux on x64 and arm64' };
      return await succession.start(sockets, signal);
    } finally {
      for (const { fd } of sockets) closeFd(fd);
    }
  }
}
