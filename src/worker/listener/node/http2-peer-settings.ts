// cold: runs once per connection
/** What a client has set (RFC 9113 6.5.2), as far as it binds us. Worker thread; pure. */

import { uint32 } from '../../http2/frame-reader.ts';
import { DEFAULT_TABLE_BYTES } from '../../http2/hpack-format.ts';
import {
  ErrorCode,
  INITIAL_WINDOW_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_WINDOW_BYTES,
  Setting,
} from '../../http2/protocol.ts';

const SETTING_BYTES = 6;
const MOST_PAYLOAD_BYTES = 0xff_ffff;

export class PeerSettings {
  /** What a stream may send at first. */
  initialWindow: number = INITIAL_WINDOW_BYTES;
  /** Of the table that our encoder fills. */
  tableBytes: number = DEFAULT_TABLE_BYTES;
  /** The lowest value that `tableBytes` had within the last frame: the table has to shrink to it first (RFC 7541 4.2). */
  lowestTableBytes: number = DEFAULT_TABLE_BYTES;

  /** The payload of a SETTINGS frame. Gives why the connection has to end, or NO_ERROR. */
  read(payload: Uint8Array, from: number, to: number): ErrorCode {
    if ((to - from) % SETTING_BYTES !== 0) return ErrorCode.FRAME_SIZE_ERROR;
    this.lowestTableBytes = this.tableBytes;
    for (let at = from; at < to; at += SETTING_BYTES) {
      const code = this.#take((payload[at]! << 8) | payload[at + 1]!, uint32(payload, at + 2));
      if (code !== ErrorCode.NO_ERROR) return code;
    }
    return ErrorCode.NO_ERROR;
  }

  #take(identifier: number, value: number): ErrorCode {
    switch (identifier) {
      case Setting.HEADER_TABLE_SIZE:
        this.tableBytes = value;
        this.lowestTableBytes = Math.min(this.lowestTableBytes, value);
        return ErrorCode.NO_ERROR;
      case Setting.ENABLE_PUSH:
        return value > 1 ? ErrorCode.PROTOCOL_ERROR : ErrorCode.NO_ERROR;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW_BYTES) return ErrorCode.FLOW_CONTROL_ERROR;
        this.initialWindow = value;
        return ErrorCode.NO_ERROR;
      case Setting.MAX_FRAME_SIZE:
        // We send no larger ones than everybody takes.
        return value < MAX_PAYLOAD_BYTES || value > MOST_PAYLOAD_BYTES
          ? ErrorCode.PROTOCOL_ERROR
          : ErrorCode.NO_ERROR;
      default:
        // Streams of ours there are none; MAX_HEADER_LIST_SIZE is advice; what is not known is ignored (RFC 9113 6.5.2).
        return ErrorCode.NO_ERROR;
    }
  }
}
