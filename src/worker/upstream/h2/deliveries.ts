// hot: runs once per request
/**
 * Gathers what the endpoints sent in one turn of the event loop and hands it over at its end. Worker thread. node:http2
 * tells each frame by itself; handed over one by one, an answer of head, body and trailers would cost its client three
 * writes.
 */

/** Something with news for its handler. */
export interface Deliverer {
  deliver(): void;
}

export class Deliveries {
  #waiting: Deliverer[] = [];
  /** Empty between two runs: taken instead of a new one. */
  #spare: Deliverer[] = [];

  /** `deliverer.deliver()` is called once when this turn has read what there was. The caller adds it once. */
  add(deliverer: Deliverer): void {
    if (this.#waiting.push(deliverer) === 1) setImmediate(run, this);
  }

  run(): void {
    const now = this.#waiting;
    this.#waiting = this.#spare;
    for (let i = 0; i < now.length; i++) (now[i] as Deliverer).deliver();
    now.length = 0;
    this.#spare = now;
  }
}

function run(deliveries: Deliveries): void {
  deliveries.run();
}
