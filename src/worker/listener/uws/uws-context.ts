// cold: runs once per connection
/** What a listening address of this engine needs from it. Worker thread. */

import type { TemplatedApp, UwsHandler, UwsModule } from '../../../native/uws-types.ts';

export interface UwsContext {
  readonly uws: UwsModule;
  readonly handler: UwsHandler;
  /** +1 for a connection that opens, -1 for one that closes. */
  readonly count: (change: number) => void;
  /** Something went wrong that no one else would hear of. */
  readonly report: (message: string) => void;
}

/** +1 for each connection that opens, -1 for each that closes. */
export function countConnections(app: TemplatedApp, count: (change: number) => void): void {
  // biome-ignore lint/suspicious/useIterableCallbackReturn: uWS's filter is no array's, it wants nothing back
  app.filter((_, change) => {
    count(change);
  });
}
