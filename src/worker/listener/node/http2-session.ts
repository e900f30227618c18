// hot: runs once per request
/**
 * The protocol of one HTTP/2 connection of a client (RFC 9113): what its frames mean, its streams, windows and settings. Octets
 * in by `receive`, frames out through the sender; begins an exchange for each request. When to end is its connection's business.
 * Worker thread. Nothing here throws, whatever a peer sends.
 *
 *   receive ─▶ FrameReader ─▶ onFrame ─┬─ HEADERS, CONTINUATION ─▶ HpackDecoder ─▶ a new stream: an exchange begins │ trailers
 *                                      ├─ DATA ─▶ its client
 *                                      ├─ WINDOW_UPDATE, SETTINGS ─▶ windows ─▶ pump
 *                                      └─ RST_STREAM, PING, GOAWAY
 */

import type { Socket } from 'node:net';
import { FrameEvent, FrameReader, uint32 } from '../../http2/frame-reader.ts';
import { HpackOutcome } from '../../http2/hpack-decoder.ts';
import {
  ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  INITIAL_WINDOW_BYTES,
  MAX_WINDOW_BYTES,
} from '../../http2/protocol.ts';
import type { ConnectionFacts } from '../client-side.ts';
import type { EngineGround } from './engine-ground.ts';
import { NoiseMeter, ResetBucket } from './http2-budgets.ts';
import { Http2Client, type Http2Ground } from './http2-client.ts';
import { HeadReader } from './http2-head-reader.ts';
import { CONNECTION_WINDOW_BYTES, MAX_STREAMS, ourSettings } from './http2-options.ts';
import { PeerSettings } from './http2-peer-settings.ts';
import { readRequestHead, readTrailers } from './http2-request-head.ts';
import { Http2Sender } from './http2-sender.ts';
import { Http2Streams } from './http2-streams.ts';

/** The peer gets its window back once half of it was used. */
const UPDATE_BYTES: number = CONNECTION_WINDOW_BYTES / 2;
/** Answers to PING, SETTINGS and requests that the peer does not read: beyond it, it is not read any more either. */
export const MAX_BACKLOG_BYTES: number = 256 * 1024;

export class Http2Session implements Http2Ground {
  readonly facts: ConnectionFacts;
  readonly sender: Http2Sender;
  readonly streams: Http2Streams<Http2Client> = new Http2Streams<Http2Client>();
  /** The peer has heard our settings (RFC 9113 6.5.3). */
  acknowledged = false;
  /** The peer sent GOAWAY, with this code; -1: it did not. */
  peerGoaway = -1;
  /** PINGs that were answered. */
  pongs = 0;
  readonly #ground: EngineGround;
  readonly #reader = new FrameReader();
  readonly #heads: HeadReader;
  readonly #peer = new PeerSettings();
  readonly #resets: ResetBucket;
  readonly #noise: NoiseMeter;
  #greeted = false;
  #isOver = false;
  /** What the peer may still send, of all streams together. */
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  /** The stream whose DATA frame is being read; null where it goes nowhere. */
  #target: Http2Client | null = null;

  constructor(facts: ConnectionFacts, socket: Socket, ground: EngineGround, nowMs: number) {
    this.facts = facts;
    this.#ground = ground;
    this.#heads = new HeadReader(ground.settings);
    this.#resets = new ResetBucket(nowMs);
    this.#noise = new NoiseMeter(nowMs);
    this.sender = new Http2Sender(socket, ground, this.#noise);
    this.sender.settings(ourSettings(ground.settings));
    this.sender.windowUpdate(0, CONNECTION_WINDOW_BYTES - INITIAL_WINDOW_BYTES);
  }

  // ── What came ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Gives why the connection has to end, or NO_ERROR. */
  receive(bytes: Uint8Array, from: number, to: number): ErrorCode {
    const reader = this.#reader;
    let event = reader.read(bytes, from, to);
    while (event !== FrameEvent.MORE) {
      const code =
        event === FrameEvent.DATA
          ? this.#onData(reader)
          : event === FrameEvent.FRAME
            ? this.#onFrame(reader)
            : reader.error;
      if (code !== ErrorCode.NO_ERROR) return code;
      if (this.#isOver) break;
      event = reader.read(bytes, reader.position, to);
    }
    return ErrorCode.NO_ERROR;
  }

  #onFrame(frame: FrameReader): ErrorCode {
    const { type } = frame;
    // RFC 9113 3.4.
    if (!this.#greeted && (type !== FrameType.SETTINGS || (frame.flags & Flag.ACK) !== 0))
      return ErrorCode.PROTOCOL_ERROR;
    if (type === FrameType.HEADERS) return this.#onHeaders(frame);
    if (type === FrameType.CONTINUATION) return this.#onContinuation(frame);
    if (this.#noise.add(FRAME_HEADER_BYTES + frame.size)) return ErrorCode.ENHANCE_YOUR_CALM;
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        return this.#onWindowUpdate(frame);
      case FrameType.RST_STREAM:
        return this.#onRstStream(frame);
      case FrameType.SETTINGS:
        return this.#onSettings(frame);
      case FrameType.PING:
        return this.#onPing(frame);
      case FrameType.GOAWAY:
        return this.#onGoaway(frame);
      case FrameType.PRIORITY:
        return this.#onPriority(frame);
      case FrameType.PUSH_PROMISE:
        return ErrorCode.PROTOCOL_ERROR;
      default:
        return ErrorCode.NO_ERROR;
    }
  }

  // ── Requests ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #onHeaders(frame: FrameReader): ErrorCode {
    if (frame.stream === 0) return ErrorCode.PROTOCOL_ERROR;
    const code = this.#heads.begin(frame);
    if (code !== ErrorCode.NO_ERROR) return code;
    return (frame.flags & Flag.END_HEADERS) === 0 ? ErrorCode.NO_ERROR : this.#onHead(frame.stream);
  }

  #onContinuation(frame: FrameReader): ErrorCode {
    const code = this.#heads.goOn(frame);
    if (code !== ErrorCode.NO_ERROR) return code;
    if (this.#noise.add(FRAME_HEADER_BYTES)) return ErrorCode.ENHANCE_YOUR_CALM;
    return (frame.flags & Flag.END_HEADERS) === 0 ? ErrorCode.NO_ERROR : this.#onHead(frame.stream);
  }

  /** A field block is whole. */
  #onHead(id: number): ErrorCode {
    const heads = this.#heads;
    const result = heads.finish();
    if (result === HpackOutcome.COMPRESSION_ERROR) return ErrorCode.COMPRESSION_ERROR;
    const client = this.streams.get(id);
    if (client !== undefined) return this.#onTrailers(client, result);
    const { ends } = heads;
    if (!this.streams.isIdle(id)) return this.#onLate(id, ends);
    // RFC 9113 5.1.1.
    if ((id & 1) === 0) return ErrorCode.PROTOCOL_ERROR;
    this.streams.last = id;
    // The peer knows that nobody serves it (RFC 9113 6.8).
    if (id > this.streams.servedUpTo) return ErrorCode.NO_ERROR;
    if (this.streams.size >= MAX_STREAMS) return this.#refuse(id, ErrorCode.REFUSED_STREAM, ends);
    if (result === HpackOutcome.TOO_LARGE) return this.#refuse(id, ErrorCode.ENHANCE_YOUR_CALM, ends);
    const head = readRequestHead(heads.fields, ends);
    if (head === null) return this.#refuse(id, ErrorCode.PROTOCOL_ERROR, ends);
    const begun = new Http2Client(this, id, head, this.#peer.initialWindow, ends);
    this.streams.open(begun);
    this.#ground.start(begun);
    return ErrorCode.NO_ERROR;
  }

  #onTrailers(client: Http2Client, result: HpackOutcome): ErrorCode {
    const { ends, fields } = this.#heads;
    if (client.uploadEnded) return this.#breakStream(client, ErrorCode.STREAM_CLOSED);
    const lines = ends && result === HpackOutcome.OK ? readTrailers(fields) : null;
    if (lines === null) return this.#breakStream(client, ErrorCode.PROTOCOL_ERROR);
    const wrong = client.receiveTrailers(lines);
    return wrong === ErrorCode.NO_ERROR ? wrong : this.#breakStream(client, wrong);
  }

  /** Of a stream that is over (RFC 9113 5.1). */
  #onLate(id: number, ends: boolean): ErrorCode {
    return this.streams.forgives(id, ends) ? ErrorCode.NO_ERROR : ErrorCode.STREAM_CLOSED;
  }

  #onData(frame: FrameReader): ErrorCode {
    if (frame.isFirst) {
      const code = this.#beginData(frame);
      if (code !== ErrorCode.NO_ERROR) return code;
    }
    const client = this.#target;
    if (client === null || (frame.start === frame.end && !frame.isLast)) return ErrorCode.NO_ERROR;
    const ends = frame.isLast && (frame.flags & Flag.END_STREAM) !== 0;
    const wrong = client.receive(frame.payload.subarray(frame.start, frame.end), ends);
    if (wrong !== ErrorCode.NO_ERROR) return this.#breakStream(client, wrong);
    if (!frame.isLast) return ErrorCode.NO_ERROR;
    this.#target = null;
    const overhead = client.endData();
    // A frame that brings nothing costs as much as one that does.
    const noise = overhead === frame.size && !ends ? FRAME_HEADER_BYTES + overhead : overhead;
    return noise > 0 && this.#noise.add(noise) ? ErrorCode.ENHANCE_YOUR_CALM : ErrorCode.NO_ERROR;
  }

  #beginData(frame: FrameReader): ErrorCode {
    const { stream, size, flags } = frame;
    this.#target = null;
    if (!this.#greeted || this.streams.isIdle(stream)) return ErrorCode.PROTOCOL_ERROR;
    const code = this.#takeOfWindow(size);
    if (code !== ErrorCode.NO_ERROR) return code;
    const client = this.streams.get(stream);
    const ends = (flags & Flag.END_STREAM) !== 0;
    if (client === undefined) return this.#onLate(stream, ends);
    if (client.uploadEnded) return this.#breakStream(client, ErrorCode.STREAM_CLOSED);
    const wrong = client.beginData(size);
    if (wrong !== ErrorCode.NO_ERROR) return this.#breakStream(client, wrong);
    this.#target = client;
    return ErrorCode.NO_ERROR;
  }

  /** Whoever takes it: it was sent. */
  #takeOfWindow(size: number): ErrorCode {
    this.#receiveWindow -= size;
    if (this.#receiveWindow < 0) return ErrorCode.FLOW_CONTROL_ERROR;
    const given = CONNECTION_WINDOW_BYTES - this.#receiveWindow;
    if (given >= UPDATE_BYTES) {
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
      this.sender.windowUpdate(0, given);
    }
    return ErrorCode.NO_ERROR;
  }

  // ── The other frames ───────────────────────────────────────────────────────────────────────────────────────────────

  #onWindowUpdate(frame: FrameReader): ErrorCode {
    if (frame.size !== 4) return ErrorCode.FRAME_SIZE_ERROR;
    const bytes = uint32(frame.payload, frame.start) & MAX_WINDOW_BYTES;
    if (frame.stream === 0) {
      if (bytes === 0) return ErrorCode.PROTOCOL_ERROR;
      this.sender.window += bytes;
      if (this.sender.window > MAX_WINDOW_BYTES) return ErrorCode.FLOW_CONTROL_ERROR;
      this.streams.pump();
      return ErrorCode.NO_ERROR;
    }
    if (this.streams.isIdle(frame.stream)) return ErrorCode.PROTOCOL_ERROR;
    const client = this.streams.get(frame.stream);
    if (client === undefined) return ErrorCode.NO_ERROR;
    if (bytes === 0) return this.#breakStream(client, ErrorCode.PROTOCOL_ERROR);
    client.outflow.window += bytes;
    if (client.outflow.window > MAX_WINDOW_BYTES)
      return this.#breakStream(client, ErrorCode.FLOW_CONTROL_ERROR);
    while (client.waitingIndex >= 0 && client.pump());
    return ErrorCode.NO_ERROR;
  }

  #onRstStream(frame: FrameReader): ErrorCode {
    if (frame.size !== 4) return ErrorCode.FRAME_SIZE_ERROR;
    if (this.streams.isIdle(frame.stream)) return ErrorCode.PROTOCOL_ERROR;
    const client = this.streams.get(frame.stream);
    if (client !== undefined) {
      this.streams.close(frame.stream);
      client.leave();
    }
    return this.#countReset();
  }

  #onSettings(frame: FrameReader): ErrorCode {
    if (frame.stream !== 0) return ErrorCode.PROTOCOL_ERROR;
    if ((frame.flags & Flag.ACK) !== 0) {
      this.acknowledged = true;
      return frame.size === 0 ? ErrorCode.NO_ERROR : ErrorCode.FRAME_SIZE_ERROR;
    }
    this.#greeted = true;
    const peer = this.#peer;
    const before = peer.initialWindow;
    const code = peer.read(frame.payload, frame.start, frame.end);
    if (code !== ErrorCode.NO_ERROR) return code;
    this.sender.acknowledge(peer.lowestTableBytes, peer.tableBytes);
    return this.streams.shiftWindows(peer.initialWindow - before)
      ? ErrorCode.NO_ERROR
      : ErrorCode.FLOW_CONTROL_ERROR;
  }

  #onPing(frame: FrameReader): ErrorCode {
    if (frame.stream !== 0) return ErrorCode.PROTOCOL_ERROR;
    if (frame.size !== 8) return ErrorCode.FRAME_SIZE_ERROR;
    if ((frame.flags & Flag.ACK) !== 0) this.pongs++;
    else this.sender.pong(frame.payload, frame.start);
    return ErrorCode.NO_ERROR;
  }

  #onGoaway(frame: FrameReader): ErrorCode {
    if (frame.stream !== 0) return ErrorCode.PROTOCOL_ERROR;
    if (frame.size < 8) return ErrorCode.FRAME_SIZE_ERROR;
    this.peerGoaway = uint32(frame.payload, frame.start + 4);
    return ErrorCode.NO_ERROR;
  }

  /** It means nothing any more (RFC 9113 5.3.2), but is a frame of some form still. */
  #onPriority(frame: FrameReader): ErrorCode {
    if (frame.stream === 0) return ErrorCode.PROTOCOL_ERROR;
    if (frame.size === 5) return ErrorCode.NO_ERROR;
    const client = this.streams.get(frame.stream);
    return client === undefined
      ? ErrorCode.FRAME_SIZE_ERROR
      : this.#breakStream(client, ErrorCode.FRAME_SIZE_ERROR);
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The peer broke a rule on one stream: the others go on (RFC 9113 5.4.2). */
  #breakStream(client: Http2Client, code: ErrorCode): ErrorCode {
    this.#target = null;
    client.cut(code);
    client.leave();
    return this.#countReset();
  }

  /** A stream that is not begun. */
  #refuse(stream: number, code: ErrorCode, ended: boolean): ErrorCode {
    this.streams.abandon(stream, ended);
    this.sender.reset(stream, code);
    return this.#countReset();
  }

  #countReset(): ErrorCode {
    return this.#resets.add(this.#ground.clock.nowMs()) ? ErrorCode.ENHANCE_YOUR_CALM : ErrorCode.NO_ERROR;
  }

  /** From now on streams beyond those that came are not served. Gives the last one that is. */
  serveNoMore(): number {
    this.streams.servedUpTo = Math.min(this.streams.servedUpTo, this.streams.last);
    return this.streams.servedUpTo;
  }

  /** Nothing is read any more; every exchange hears of it. */
  end(): void {
    this.#isOver = true;
    this.streams.leaveAll();
  }

  /** Ten times a second. */
  sweep(nowMs: number): void {
    this.#noise.leak(nowMs);
    this.streams.limitEndings(nowMs);
  }
}
