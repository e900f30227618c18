/**
 * Reads what a worker keeps. Both threads; a part of the codec. protobufjs puts a short string together eight characters at a time, and such a
 * string keeps all its parts until something looks into it: ten times 32 bytes for a plain route.
 */

import protobuf from 'protobufjs/minimal.js';

/** What stands for octets that are no UTF-8: only where there is one, it is worth a look whether it was there before. */
const REPLACEMENT = '\ufffd';

export class FlatReader extends protobuf.Reader {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws where the octets are no UTF-8, as in the class that this one extends */
  override stringVerify(): string {
    const from = this.pos;
    const length = this.uint32();
    const end = this.pos + length;
    const text = end > this.len ? REPLACEMENT : this.#bytes.toString('utf8', this.pos, end);
    if (text.includes(REPLACEMENT)) {
      this.pos = from;
      return super.stringVerify();
    }
    this.pos = end;
    return text;
  }
}
