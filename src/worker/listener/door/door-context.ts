/** What the doors of one worker share. */

import type { HandedSocket } from '../../../bridge/handed-sockets.ts';
import type { WorkerGauges } from '../../../bridge/memory/gauges.ts';
import type { EngineGround } from '../node/engine-ground.ts';
import type { UwsEngine } from '../uws/uws-engine.ts';
import type { ConnectionLimits } from './connection-limits.ts';

export interface DoorContext {
  readonly ground: EngineGround;
  /** Memory that all sockets of the worker are read into. */
  readonly memory: Buffer;
  /** `WorkerData.ticketKeys`. */
  readonly ticketKeys: SharedArrayBuffer;
  readonly gauges: WorkerGauges;
  readonly limits: ConnectionLimits;
  /** Loaded at the first call. Throws where the library cannot be loaded. */
  readonly uws: () => UwsEngine;
  /** Whether a PROXY header of this peer is believed. */
  readonly trusts: (peer: string) => boolean;
  /** Sockets to listen with in place of new ones. What is taken is taken out. */
  readonly handed: HandedSocket[];
  /** Something is for the log; what may happen often is told now and then. */
  readonly report: (message: string) => void;
}
