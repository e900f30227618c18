/** The one plain line that `penstock run` prints on standard error when every worker serves. Pure. */

import type { Status } from '../primary/control.ts';

const PROTOCOLS = ['http', 'https', 'admin'] as const;

/** `ready http=0.0.0.0:8080 https=off admin=127.0.0.1:9180 workers=2 snapshot=1 (184 ms)`; several addresses are joined by commas. */
export function readyLine(status: Status, tookMs: number): string {
  const addresses = PROTOCOLS.map((protocol) => {
    const of = status.listeners.filter((listener) => listener.protocol === protocol);
    return `${protocol}=${of.map((listener) => listener.address).join(',') || 'off'}`;
  });
  return `ready ${addresses.join(' ')} workers=${status.workers.length} snapshot=${status.snapshot.version} (${Math.round(tookMs)} ms)`;
}
