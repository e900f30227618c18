/** The file descriptors of this process, as /proc shows them, and those behind Node's sockets and servers. Linux. */

import { readdirSync, readFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';

/** All that are open. The one that lists the folder is counted each time. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The flags of open(2), such as `O_NONBLOCK`. */
export function descriptorFlags(fd: number): number {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
  return Number.parseInt(/^flags:\s*(\d+)$/m.exec(text)?.[1] ?? '', 8);
}

/** Node tells it to those only who look under its cover. */
export function descriptorOf(owner: Socket | Server): number {
  return (owner as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
