/** A socket that plays systemd: what processes tell by sd_notify(3). */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SocketCalls, socketCalls } from '../../src/native/socket-calls.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;

export class NotifySocket {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'penstock-notify-'));
  readonly #calls: SocketCalls;
  readonly #fd: number;
  readonly #states: string[] = [];

  constructor() {
    if (socketCalls === null) throw new Error('no socket calls here');
    this.#calls = socketCalls;
    this.path = join(this.#folder, 'notify');
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(this.path)]);
    this.#fd = socketCalls.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (socketCalls.bind(this.#fd, address, address.length) !== 0) throw new Error('cannot bind');
  }

  /** Everything so far, a datagram each. */
  states(): readonly string[] {
    const into = Buffer.alloc(4096);
    for (;;) {
      const count = this.#calls.recv(this.#fd, into, into.length, 0);
      if (count < 0) return this.#states;
      this.#states.push(into.toString('utf8', 0, count));
    }
  }

  close(): void {
    this.#calls.close(this.#fd);
    rmSync(this.#folder, { recursive: true });
  }
}
