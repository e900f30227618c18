/**
 * Single values of one worker in shared memory, beside the counters: what is open and under way now. One buffer for the
 * worker's whole life, never replaced by a snapshot, so that what was counted up is counted down in the same place.
 * One writer (the worker), one reader (the primary); see `counters.ts` for why plain cells do.
 */

/** Cells of one worker. */
const Cell = {
  REQUESTS_IN_FLIGHT: 0,
  HTTP_CONNECTIONS: 1,
  HTTPS_CONNECTIONS: 2,
  LOOP_LAG_SECONDS: 3,
  /** Milliseconds since the epoch of the worker's last sign of life. */
  HEARTBEAT: 4,
  COUNT: 5,
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

  addConnections(tls: boolean, by: number): void {
    this.#add(tls ? Cell.HTTPS_CONNECTIONS : Cell.HTTP_CONNECTIONS, by);
  }

  beat(epochMs: number, lagSeconds: number): void {
    this.#cells[Cell.HEARTBEAT] = epochMs;
    this.#cells[Cell.LOOP_LAG_SECONDS] = lagSeconds;
  }

  /** A dead worker's requests and connections are gone; its totals stay. Called by the primary once it has died. */
  clearLive(): void {
    this.#cells[Cell.REQUESTS_IN_FLIGHT] = 0;
    this.#cells[Cell.HTTP_CONNECTIONS] = 0;
    this.#cells[Cell.HTTPS_CONNECTIONS] = 0;
  }

  get inFlight(): number {
    return this.#cells[Cell.REQUESTS_IN_FLIGHT] ?? 0;
  }

  get httpConnections(): number {
    return this.#cells[Cell.HTTP_CONNECTIONS] ?? 0;
  }

  get httpsConnections(): number {
    return this.#cells[Cell.HTTPS_CONNECTIONS] ?? 0;
  }

  get loopLagSeconds(): number {
    return this.#cells[Cell.LOOP_LAG_SECONDS] ?? 0;
  }
}
