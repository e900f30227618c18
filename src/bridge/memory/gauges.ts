/**
 * Single values of one worker in shared memory, beside the counters: what is open and under way now. One buffer for the
 * worker's whole life, never replaced by a snapshot, so that what was counted up is counted down in the same place.
 * One writer (the worker), one reader (the primary); see `counters.ts` for why plain cells do.
 */

/** Who serves a client's connection and what it speaks. */
export const ConnectionKind = {
  /** Its first bytes have not told yet, or the TLS handshake is under way. */
  UNDECIDED: 0,
  UWS_HTTP1: 1,
  NODE_HTTP1: 2,
  NODE_HTTP2: 3,
} as const;
export type ConnectionKind = (typeof ConnectionKind)[keyof typeof ConnectionKind];
const CONNECTION_KINDS = 4;

/** Who served a request and in which protocol. */
export const RequestKind = { UWS_HTTP1_1: 0, NODE_HTTP1_0: 1, NODE_HTTP1_1: 2, NODE_HTTP2: 3 } as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];
const REQUEST_KINDS = 4;

/** How a TLS handshake ended. `RESUMED` was a success too, with a session of before. */
export const Handshake = { OK: 0, RESUMED: 1, FAILED: 2, TIMEOUT: 3 } as const;
export type Handshake = (typeof Handshake)[keyof typeof Handshake];
const HANDSHAKES = 4;

/** Why a connection was closed before anything of it was served. */
export const Rejection = { LISTENER_LIMIT: 0, ADDRESS_LIMIT: 1, MALFORMED: 2, TIMEOUT: 3 } as const;
export type Rejection = (typeof Rejection)[keyof typeof Rejection];
const REJECTIONS = 4;

/** Cells of one worker. Those of two columns have one for plain listeners and one for TLS. */
const Cell = {
  REQUESTS_IN_FLIGHT: 0,
  LOOP_LAG_SECONDS: 1,
  /** Milliseconds since the epoch of the worker's last sign of life. */
  HEARTBEAT: 2,
  CONNECTIONS: 3,
  REQUESTS: 3 + 2 * CONNECTION_KINDS,
  HANDSHAKES: 3 + 2 * CONNECTION_KINDS + REQUEST_KINDS,
  REJECTIONS: 3 + 2 * CONNECTION_KINDS + REQUEST_KINDS + HANDSHAKES,
  COUNT: 3 + 2 * CONNECTION_KINDS + REQUEST_KINDS + HANDSHAKES + 2 * REJECTIONS,
} as const;

export const GAUGE_BUFFER_BYTES: number = Cell.COUNT * 8;

export class WorkerGauges {
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Float64Array(buffer);
  }

  #add(cell: number, by: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + by;
  }

  /** `by`: +1 when a request begins, -1 when it ends. */
  addInFlight(by: number): void {
    this.#add(Cell.REQUESTS_IN_FLIGHT, by);
  }

  countRequest(kind: RequestKind): void {
    this.#add(Cell.REQUESTS + kind, 1);
  }

  /** `by`: +1 for a connection that opens or becomes of this kind, -1 for one that closes or ceases to be. */
  addConnections(tls: boolean, kind: ConnectionKind, by: number): void {
    this.#add(Cell.CONNECTIONS + (tls ? CONNECTION_KINDS : 0) + kind, by);
  }

  countHandshake(result: Handshake): void {
    this.#add(Cell.HANDSHAKES + result, 1);
  }

  countRejection(tls: boolean, reason: Rejection): void {
    this.#add(Cell.REJECTIONS + (tls ? REJECTIONS : 0) + reason, 1);
  }

  beat(epochMs: number, lagSeconds: number): void {
    this.#cells[Cell.HEARTBEAT] = epochMs;
    this.#cells[Cell.LOOP_LAG_SECONDS] = lagSeconds;
  }

  /** A dead worker's requests and connections are gone; its totals stay. Called by the primary once it has died. */
  clearLive(): void {
    this.#cells[Cell.REQUESTS_IN_FLIGHT] = 0;
    this.#cells.fill(0, Cell.CONNECTIONS, Cell.REQUESTS);
  }

  get inFlight(): number {
    return this.#cells[Cell.REQUESTS_IN_FLIGHT] ?? 0;
  }

  connections(tls: boolean): number {
    let total = 0;
    for (let kind = 0; kind < CONNECTION_KINDS; kind++)
      total += this.connectionsOf(tls, kind as ConnectionKind);
    return total;
  }

  connectionsOf(tls: boolean, kind: ConnectionKind): number {
    return this.#cells[Cell.CONNECTIONS + (tls ? CONNECTION_KINDS : 0) + kind] ?? 0;
  }

  requestsOf(kind: RequestKind): number {
    return this.#cells[Cell.REQUESTS + kind] ?? 0;
  }

  handshakesOf(result: Handshake): number {
    return this.#cells[Cell.HANDSHAKES + result] ?? 0;
  }

  rejectionsOf(tls: boolean, reason: Rejection): number {
    return this.#cells[Cell.REJECTIONS + (tls ? REJECTIONS : 0) + reason] ?? 0;
  }

  get loopLagSeconds(): number {
    return this.#cells[Cell.LOOP_LAG_SECONDS] ?? 0;
  }
}
