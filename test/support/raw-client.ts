/**
 * A client that sends exactly the bytes it is given, over TCP or TLS. It frames answers with its own small framer
 * (`message-framer.ts`) only to know when one is complete.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type FramedMessage, messageFramer } from './message-framer.ts';
import { waitFor } from './wait-for.ts';

export interface RawConnectOptions {
  readonly tls?: boolean;
  /** Sent as SNI; TLS without one sends none. */
  readonly servername?: string;
  /** PEM to verify against; without it any certificate is taken. */
  readonly ca?: string;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Milliseconds for every single wait; 5 s by default. */
  readonly timeoutMs?: number;
}

export interface RawRequestOptions extends RawConnectOptions {
  /** How many final answers are waited for; 1 by default. 0: wait for the close. */
  readonly responses?: number;
  /** Milliseconds to look whether the connection closes or more comes after the last answer; 100 by default. */
  readonly settleMs?: number;
}

export interface RawAnswer {
  /** Everything that came. */
  readonly bytes: Buffer;
  /** The same as Latin-1. */
  readonly text: string;
  /** The server closed or reset the connection. */
  readonly closed: boolean;
  /** The statuses of the complete final answers, in order. */
  readonly statuses: readonly number[];
  readonly answers: readonly FramedMessage[];
  /** Fewer answers than asked for came before the deadline, and the connection was still open. */
  readonly timedOut: boolean;
}

/** Milliseconds between two looks at what came: an answer over the loopback takes less than one. */
const LOOK_MS = 2;

/** One connection on which a test writes bytes and waits for what comes. Closed by the test. */
export class RawClient {
  readonly socket: Socket;
  readonly answers: FramedMessage[];
  readonly #timeoutMs: number;
  readonly #pieces: Buffer[];
  readonly #methods: string[];
  #closed: boolean;
  #error: Error | null;
  #taken: number;

  private constructor(socket: Socket, timeoutMs: number) {
    this.socket = socket;
    this.answers = [];
    this.#timeoutMs = timeoutMs;
    this.#pieces = [];
    this.#methods = [];
    this.#closed = false;
    this.#error = null;
    this.#taken = 0;
    const framer = messageFramer({ kind: 'response', methodOf: (index) => this.#methods[index] ?? '' });
    const finish = (): void => {
      if (this.#closed) return;
      this.#closed = true;
      const last = framer.finish();
      if (last !== null) this.answers.push(last);
    };
    socket.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.answers.push(...framer.push(piece));
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.once('end', finish);
    socket.once('close', finish);
  }

  static async connect(port: number, options: RawConnectOptions = {}): Promise<RawClient> {
    const { host = '127.0.0.1', timeoutMs = 5_000 } = options;
    const socket = options.tls ? tlsSocket(port, host, options) : connectTcp({ port, host });
    socket.setNoDelay(true);
    const client = new RawClient(socket, timeoutMs);
    let connected = false;
    socket.once(options.tls ? 'secureConnect' : 'connect', () => {
      connected = true;
    });
    await waitFor(() => connected || client.#error !== null, {
      what: `a connection to port ${port}`,
      timeoutMs,
      intervalMs: LOOK_MS,
    });
    if (client.#error !== null) throw client.#error;
    return client;
  }

  /** Writes the bytes (a string is Latin-1) and tells the framer which methods the answers belong to. */
  write(bytes: string | Uint8Array): void {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
    for (const match of text.matchAll(/^([A-Z]+) \S+ HTTP\/1\.[01]\r$/gm)) this.#methods.push(match[1] ?? '');
    if (!this.socket.destroyed)
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  closed(): boolean {
    return this.#closed;
  }

  /** Waits until everything received so far holds `wanted`; returns it. Fails when the connection closes before. */
  async readUntil(wanted: string | RegExp, timeoutMs: number = this.#timeoutMs): Promise<string> {
    const holds = (text: string): boolean =>
      typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    await waitFor(() => this.#closed || holds(this.text()), {
      what: this.#describe(`${wanted}`),
      timeoutMs,
      intervalMs: LOOK_MS,
    });
    if (!holds(this.text()))
      throw new Error(`closed before ${wanted} came; received ${excerpt(this.text())}`);
    return this.text();
  }

  /** The next complete final answer that was not yet read this way. */
  async readAnswer(timeoutMs: number = this.#timeoutMs): Promise<FramedMessage> {
    const index = this.#taken;
    await waitFor(() => this.#closed || this.answers.length > index, {
      what: this.#describe(`answer ${index + 1}`),
      timeoutMs,
      intervalMs: LOOK_MS,
    });
    const answer = this.answers[index];
    if (answer === undefined) {
      throw new Error(`closed before answer ${index + 1} was complete; received ${excerpt(this.text())}`);
    }
    this.#taken += 1;
    return answer;
  }

  /** Waits for the server to close (or reset) the connection. */
  async expectClosed(timeoutMs: number = this.#timeoutMs): Promise<void> {
    await waitFor(() => this.#closed, {
      what: this.#describe('the server to close the connection'),
      timeoutMs,
      intervalMs: LOOK_MS,
    });
  }

  /** Half-closes: no more is sent, answers are still read. */
  endWriting(): void {
    this.socket.end();
  }

  /** Cuts the connection. */
  close(): void {
    this.socket.destroy();
  }

  #describe(what: string): string {
    return `${what} (received ${this.#pieces.length} pieces, ${this.answers.length} answers)`;
  }
}

/** Connects, sends `bytes`, gathers what comes, cuts the connection. Never rejects for what the server does after connect. */
export async function rawRequest(
  port: number,
  bytes: string | Uint8Array,
  options: RawRequestOptions = {},
): Promise<RawAnswer> {
  const { responses = 1, settleMs = 100, timeoutMs = 5_000 } = options;
  const client = await RawClient.connect(port, options);
  let timedOut = false;
  try {
    client.write(bytes);
    const complete = (): boolean => client.closed() || (responses > 0 && client.answers.length >= responses);
    await waitFor(complete, { what: 'the answers', timeoutMs, intervalMs: 5 }).catch(() => {
      timedOut = true;
    });
    if (!client.closed() && !timedOut) {
      await waitFor(() => client.closed(), { what: 'the close', timeoutMs: settleMs, intervalMs: 5 }).catch(
        () => undefined,
      );
    }
    return {
      bytes: client.bytes(),
      text: client.text(),
      closed: client.closed(),
      statuses: client.answers.map((answer) => answer.status),
      answers: [...client.answers],
      timedOut,
    };
  } finally {
    client.close();
  }
}

function tlsSocket(port: number, host: string, options: RawConnectOptions): Socket {
  return connectTls({
    port,
    host,
    rejectUnauthorized: options.ca !== undefined,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
  });
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 500 ? `${text.slice(0, 500)}…` : text);
}
