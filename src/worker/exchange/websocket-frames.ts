// hot: runs once per request
/**
 * Follows the frames of one direction of a WebSocket (RFC 6455 5.2) by their headers alone, so that penstock can put a Close
 * frame of its own between two of them. Worker thread; sans-io; nothing is unmasked, copied or judged.
 */

/** 1001, going away (RFC 6455 7.4.1), as a server sends it. */
export const CLOSE_TO_CLIENT: Uint8Array = Uint8Array.of(0x88, 0x02, 0x03, 0xe9);
/** The same as a client sends it: masked, with a key of zeros, for there is nothing in it that anyone chose (RFC 6455 10.3). */
export const CLOSE_TO_ENDPOINT: Uint8Array = Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9);

const OPCODE = 0x0f;
const OPCODE_CLOSE = 0x8;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_OCTETS = 4;
const SHORTEST_HEADER = 2;

export class FrameTracker {
  /** The sender has begun its Close frame: it sends no other after it. */
  closeSeen = false;
  #opcode = 0;
  /** Octets of the header under way that were read, and how many it has. */
  #headerRead = 0;
  #headerSize = SHORTEST_HEADER;
  #lengthEnd = SHORTEST_HEADER;
  #length = 0;
  /** Octets of the payload still to come. */
  #payloadLeft = 0;

  /** The last frame ended, and the next has not begun. */
  get atBoundary(): boolean {
    return this.#payloadLeft === 0 && this.#headerRead === 0;
  }

  /** Reads on in `bytes` from `start`. Gives where it stopped: at the end, or with `stops` behind the first frame that ends. */
  follow(bytes: Uint8Array, start: number, stops: boolean): number {
    const end = bytes.length;
    let at = start;
    while (at < end) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, end - at);
        this.#payloadLeft -= step;
        at += step;
      } else this.#headerOctet(bytes[at++] as number);
      if (stops && this.atBoundary) return at;
    }
    return at;
  }

  #headerOctet(octet: number): void {
    const index = this.#headerRead++;
    if (index === 0) {
      this.#opcode = octet & OPCODE;
      return;
    }
    if (index === 1) {
      const length = octet & LENGTH;
      this.#lengthEnd = SHORTEST_HEADER + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0);
      this.#headerSize = this.#lengthEnd + ((octet & MASKED) === 0 ? 0 : MASK_OCTETS);
      this.#length = length < LENGTH_16 ? length : 0;
    } else if (index < this.#lengthEnd) this.#length = this.#length * 256 + octet;
    if (this.#headerRead < this.#headerSize) return;
    this.#headerRead = 0;
    this.#payloadLeft = this.#length;
    if (this.#opcode === OPCODE_CLOSE) this.closeSeen = true;
  }
}
