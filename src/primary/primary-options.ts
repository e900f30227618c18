/** What a primary is started with. */

import type { MakeIssuer } from './automatic-certificates.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import type { Log } from './log.ts';
import type { Succession } from './succession.ts';

export interface PrimaryOptions {
  /** Absolute. */
  readonly configFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Who obtains automatic certificates; nobody, if left out. */
  readonly makeIssuer?: MakeIssuer;
  readonly inherited: InheritedSockets;
  /** Null: this penstock is a part of another program. */
  readonly succession: Succession | null;
}
