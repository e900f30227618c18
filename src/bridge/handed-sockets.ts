/**
 * Listening sockets that one process of penstock hands to the next (`penstock upgrade`). Any thread. It is the same sockets that both accept from: a
 * connection that waits in the queue of one is not lost when the older process closes its own descriptor, as it would be with the queue of a socket
 * beside it (docs/decisions/0032-upgrade.md).
 */

export interface HandedSocket {
  /** `Listener.id`, or `admin` and the address as configured. */
  readonly listener: string;
  /** Where it is bound: an IP address, or empty for every interface, and the real port. */
  readonly host: string;
  readonly port: number;
  /** In the process that reads this. Whoever takes it over closes it. */
  readonly fd: number;
}

/** What of `sockets` the worker `worker` of `workers` takes over: where there are more sockets than workers, some take several. */
export function shareOf(
  sockets: readonly HandedSocket[],
  worker: number,
  workers: number,
): readonly HandedSocket[] {
  const seen = new Map<string, number>();
  return sockets.filter(({ listener }) => {
    const place = seen.get(listener) ?? 0;
    seen.set(listener, place + 1);
    return place % workers === worker;
  });
}
