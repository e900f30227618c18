/**
 * Tells systemd, or another service manager that speaks its protocol, what this process is at: sd_notify(3). Any thread; Linux. A datagram to the unix socket that
 * NOTIFY_SOCKET names, which Node has no name for.
 */

import { type SocketCalls, socketCalls } from './socket-calls.ts';
import type { Environment } from './system.ts';

// <sys/socket.h> and <sys/un.h> of Linux on x64 and arm64.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const FAMILY_BYTES = 2;
const MAX_PATH_BYTES = 108;

/** Assignments of sd_notify(3), one a line: `READY=1`, `STOPPING=1`, `MAINPID=42`, `STATUS=…`. */
export type ServiceState = readonly `${'READY' | 'STOPPING' | 'MAINPID' | 'STATUS'}=${string}`[];

/** False where nobody asked to be told, or could be. Never waits. */
export function notifyService(
  state: ServiceState,
  env: Environment = process.env,
  calls: SocketCalls | null = socketCalls,
): boolean {
  const address = socketAddress(env.NOTIFY_SOCKET ?? '');
  if (address === null || calls === null) return false;
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const text = Buffer.from(state.join('\n'));
  const sent = calls.sendto(fd, text, text.length, MSG_NOSIGNAL, address, address.length);
  calls.close(fd);
  return sent === text.length;
}

/** struct sockaddr_un: the family, then a path, or after a zero the name of an abstract socket, written with `@`. */
function socketAddress(name: string): Uint8Array | null {
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name);
  if (!/^[/@]./.test(name) || path.length >= MAX_PATH_BYTES) return null;
  const bytes = new Uint8Array(FAMILY_BYTES + path.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(path, FAMILY_BYTES);
  return bytes;
}
