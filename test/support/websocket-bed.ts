/** WebSocket clients and endpoints by the `ws` package, and what they were told, written down. */

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { waitFor, within } from './wait-for.ts';

export interface Message {
  readonly data: Buffer;
  readonly binary: boolean;
}

/** One end of a WebSocket. */
export class WebSocketEnd {
  readonly socket: WebSocket;
  readonly messages: Message[];
  readonly pings: string[];
  readonly pongs: string[];
  /** Code and reason, once it is closed; 1006 where no Close frame came. */
  closed: { readonly code: number; readonly reason: string } | null;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.messages = [];
    this.pings = [];
    this.pongs = [];
    this.closed = null;
    socket.on('message', (data: RawData, binary: boolean) => {
      this.messages.push({ data: data as Buffer, binary });
    });
    socket.on('ping', (data) => this.pings.push(data.toString()));
    socket.on('pong', (data) => this.pongs.push(data.toString()));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('error', () => {});
  }

  /** The next message that was not read this way. */
  message(): Promise<Message> {
    return waitFor(() => this.messages.shift(), { what: 'a message', intervalMs: 2 });
  }

  whenClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor(() => this.closed, { what: 'the WebSocket to be closed', intervalMs: 5 });
  }
}

export interface WebSocketOrigin {
  readonly address: string;
  /** The WebSockets so far, and the requests that they began with. */
  readonly ends: readonly WebSocketEnd[];
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

export interface OriginWish {
  readonly tls?: TlsOptions;
  /** What comes is sent back; true if left out. */
  readonly echoes?: boolean;
  /** Chooses among what the client offers; the first if left out. */
  readonly protocol?: string;
  /** The compression extension is taken where it is offered. */
  readonly deflate?: boolean;
}

export async function startWebSocketOrigin(wish: OriginWish = {}): Promise<WebSocketOrigin> {
  const { tls, echoes = true, protocol, deflate = false } = wish;
  const ends: WebSocketEnd[] = [];
  const requests: IncomingMessage[] = [];
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: deflate,
    ...(protocol !== undefined && { handleProtocols: () => protocol }),
  });
  sockets.on('connection', (socket, request) => {
    const end = new WebSocketEnd(socket);
    ends.push(end);
    requests.push(request);
    if (echoes) socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ends,
    requests,
    close: async () => {
      for (const { socket } of ends) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface ConnectWish {
  readonly tls?: boolean;
  readonly host?: string;
  readonly protocols?: string[];
  readonly deflate?: boolean;
}

/** Opens one through penstock on `port`. Rejects with `Unexpected server response: STATUS` where it is refused. */
export async function openWebSocket(
  port: number,
  path: string,
  wish: ConnectWish = {},
): Promise<WebSocketEnd> {
  const { tls = false, host = 'ws.test', protocols = [], deflate = false } = wish;
  const socket = new WebSocket(`${tls ? 'wss' : 'ws'}://127.0.0.1:${port}${path}`, protocols, {
    headers: { host },
    perMessageDeflate: deflate,
    ...(tls && { rejectUnauthorized: false, servername: host }),
  });
  const end = new WebSocketEnd(socket);
  await within(once(socket, 'open'), { what: `a WebSocket on ${path}` });
  return end;
}
