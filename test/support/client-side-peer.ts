/** A client as the contract suite of `client-side.ts` uses it, whatever it speaks: it says what it sees, and can be rude. */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { waitFor, within } from './wait-for.ts';

export interface Ask {
  readonly target: string;
  /** GET by default. */
  readonly method?: string;
  /** Byte strings. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** A body follows: of so many bytes, or of unknown length. */
  readonly body?: number | 'stream';
}

/** What came of an answer so far. */
export interface Reply {
  /** 0: its head has not come. */
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, byte strings. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Names in lower case. */
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** 100 came before. */
  readonly continued: boolean;
  /** `broken`: the end of the connection or of the stream came before that of the message. */
  readonly end: 'open' | 'whole' | 'broken';
}

export const NO_REPLY: Reply = Object.freeze({
  status: 0,
  reason: '',
  fields: [],
  body: Buffer.alloc(0),
  trailers: [],
  continued: false,
  end: 'open',
});

/** How a client goes away: the connection closed, the connection reset, the request given up (HTTP/2 alone knows that). */
export type Leaving = 'close' | 'reset' | 'stream reset';

/** One request on a connection, and its answer. */
export abstract class Call {
  abstract reply(): Reply;
  /** A piece of the body. */
  abstract send(bytes: Uint8Array): void;
  /** The end of the body. */
  abstract finish(trailers?: readonly (readonly [name: string, value: string])[]): void;
  /** Whatever it is, where the body goes. */
  abstract sendRaw(text: string): void;
  /** Bytes given to `send` which the kernel did not take, or for which the window is closed. */
  abstract readonly unsent: number;
  abstract stopReading(): void;
  abstract readOn(): void;
  abstract leave(way: Leaving): void;

  field(name: string): string | null {
    const values = this.reply().fields.filter(([one]) => one === name);
    return values.length === 0 ? null : values.map(([, value]) => value).join(', ');
  }

  async until(what: string, holds: (reply: Reply) => boolean): Promise<Reply> {
    return await waitFor(
      () => {
        const reply = this.reply();
        return holds(reply) ? reply : null;
      },
      { what, intervalMs: 2 },
    );
  }

  /** The head of the answer has come. */
  async started(): Promise<Reply> {
    return await this.until('the head of an answer', ({ status }) => status !== 0);
  }

  /** Waits for the end; fails where the message broke off. */
  async whole(): Promise<Reply> {
    const reply = await this.ended();
    if (reply.end !== 'whole') throw new Error(`the answer (${reply.status}) broke off`);
    return reply;
  }

  async ended(): Promise<Reply> {
    return await this.until('the end of an answer', ({ end }) => end !== 'open');
  }
}

export interface Peer {
  ask(ask: Ask): Call;
  /** The connection is closed, by whomever. */
  readonly closed: boolean;
  close(): void;
  /** Half-closes: no more is sent, answers are still read. */
  endWriting(): void;
}

export const HOST = 'example.test';

/** `raw`: the TCP socket, which can be reset. */
export async function openSocket(
  port: number,
  tls: boolean,
  alpn: string,
): Promise<{ readonly socket: Socket; readonly raw: Socket }> {
  const raw = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  const socket = tls ? connectTls({ socket: raw, ALPNProtocols: [alpn], rejectUnauthorized: false }) : raw;
  raw.on('error', () => {});
  const open = new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', () => resolve());
    socket.once('error', reject);
  });
  await within(open, { what: `a connection to port ${port}` });
  socket.on('error', () => {});
  return { socket, raw };
}

/** Bytes of which each piece is told from its neighbours. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 7 + (at >> 8)) & 0xff;
  return bytes;
}
