/**
 * The part of uWebSockets.js 20.56 that penstock uses, as the loaded module really has it (its own declarations leave
 * out the child apps and `adoptSocket`). Types only. Most of these calls end the whole process when they are used
 * against the rules that their comments name, so they stay within `worker/listener/uws`.
 */

/** What the library reads as text. A view is read during the call only. */
export type UwsText = string | ArrayBuffer | Uint8Array;

declare const listenSocket: unique symbol;
declare const appDescriptor: unique symbol;

/** A listening socket: unchecked native memory, dead once it was closed. */
export interface UwsListenSocket {
  readonly [listenSocket]: true;
}

/** Names an app to another app of the same thread: the bits of a pointer, of no other use. */
export type UwsAppDescriptor = number & { readonly [appDescriptor]: true };

/** Valid until `onAborted` ran or the response ended. */
export interface HttpResponse {
  /** Must come first; else 200 OK is written. */
  writeStatus(status: UwsText): HttpResponse;
  /** Copies both and looks inside neither: a value may hold further lines, and must not hold foreign CR or LF. */
  writeHeader(name: UwsText, value: UwsText): HttpResponse;
  /** A piece of a chunked body. False: it was taken, but the client is behind; wait for `onWritable`. */
  write(chunk: UwsText): boolean;
  /** Ends the response; with `closeConnection` the connection closes once it is sent. */
  end(body?: UwsText, closeConnection?: boolean): HttpResponse;
  /** For HEAD and 304, which may tell a length, and for 204, which may not. */
  endWithoutBody(): HttpResponse;
  endWithoutBody(reportedContentLength: number, closeConnection?: boolean): HttpResponse;
  /** A piece of a body of `totalSize` bytes: [all of it was taken, the response is complete]. */
  tryEnd(chunk: UwsText, totalSize: number): [boolean, boolean];
  /** Cuts the connection at once; `onAborted` runs during the call. */
  close(): HttpResponse;
  /** Bytes of the body that were taken so far. */
  getWriteOffset(): number;
  /** `offset` is that of the body. Must return true, unless a write in it failed. */
  onWritable(handler: (offset: number) => boolean): HttpResponse;
  /** Must be armed before the request handler returns without an answer. The response is dead when it runs. */
  onAborted(handler: () => void): HttpResponse;
  /** The chunk is emptied when the handler returns. */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): HttpResponse;
  /** 4 or 16 bytes. */
  getRemoteAddress(): ArrayBuffer;
  getRemoteAddressAsText(): ArrayBuffer;
  /** What a PROXY protocol v2 header told; empty without one. */
  getProxiedRemoteAddress(): ArrayBuffer;
  getProxiedRemoteAddressAsText(): ArrayBuffer;
  /** Gathers the writes of the callback, which runs during the call, in one system call. */
  cork(writes: () => void): HttpResponse;
  /** Stops reading the request body. Restarts the connection's timer. */
  pause(): void;
  resume(): void;
  upgrade<T>(
    userData: T,
    secWebSocketKey: UwsText,
    secWebSocketProtocol: UwsText,
    secWebSocketExtensions: UwsText,
    context: unknown,
  ): void;
}

/** Lives on the native stack: valid during the request handler only. */
export interface HttpRequest {
  /** The first value, or empty. */
  getHeader(lowerCaseName: UwsText): string;
  getParameter(index: number): string | undefined;
  /** The path as received. */
  getUrl(): string;
  /** Lower-case. */
  getMethod(): string;
  getCaseSensitiveMethod(): string;
  /** As received, without the `?`; undefined where there is no `?` (seen on 20.56, whatever its declarations say). */
  getQuery(): string | undefined;
  /** Every field in order, names in lower case. */
  forEach(each: (name: string, value: string) => void): void;
  /** True: this handler is not the one; the router goes on. */
  setYield(value: boolean): HttpRequest;
}

export type UwsHandler = (response: HttpResponse, request: HttpRequest) => void;

/** Paths of PEM files. They are read during the call, so a memory file does. */
export interface UwsTlsOptions {
  readonly key_file_name: string;
  readonly cert_file_name: string;
  readonly ca_file_name?: string;
  readonly passphrase?: string;
  readonly ssl_ciphers?: string;
  /** SSL_MODE_RELEASE_BUFFERS. */
  readonly ssl_prefer_low_memory_usage?: boolean;
}

export interface TemplatedApp {
  any(pattern: string, handler: UwsHandler): TemplatedApp;
  get(pattern: string, handler: UwsHandler): TemplatedApp;
  /** The callback runs during the call. False: the address cannot be had. */
  listen(host: string, port: number, listening: (socket: UwsListenSocket | false) => void): TemplatedApp;
  listen(port: number, listening: (socket: UwsListenSocket | false) => void): TemplatedApp;
  /** With `UwsModule.LIBUS_LISTEN_EXCLUSIVE_PORT` the port is not shared with other sockets. */
  listen(port: number, options: number, listening: (socket: UwsListenSocket | false) => void): TemplatedApp;
  /**
   * The name must be lower case; it gets a router of its own (`domain`). Fails in silence: check the pair before.
   * The options of an app that serves no TLS are ignored.
   */
  addServerName(name: string, options: UwsTlsOptions): TemplatedApp;
  /** Never while a connection that was opened under the name lives: use after free. */
  removeServerName(name: string): TemplatedApp;
  /** Routes that are added after this call belong to the name. */
  domain(name: string): TemplatedApp;
  /** Runs in the handshake; a name that is added inside it serves that very handshake. */
  missingServerName(missing: (name: string) => void): TemplatedApp;
  /** +1 for each connection that opens, −1 for each that closes; the response is not to be used. */
  filter(count: (response: HttpResponse, change: number) => void): TemplatedApp;
  /** Closes the listening sockets and cuts every connection. */
  close(): TemplatedApp;
  /** From now on, accepted connections go to the children in turn. */
  addChildAppDescriptor(child: UwsAppDescriptor): TemplatedApp;
  removeChildAppDescriptor(child: UwsAppDescriptor): TemplatedApp;
  getDescriptor(): UwsAppDescriptor;
  /** Takes over a connected socket by file descriptor. */
  adoptSocket(fileDescriptor: number): TemplatedApp;
}

export interface UwsModule {
  App(): TemplatedApp;
  /** Throws if the pair cannot be read or does not fit. */
  SSLApp(options: UwsTlsOptions): TemplatedApp;
  /** Its connections go on. */
  us_listen_socket_close(socket: UwsListenSocket): void;
  /** −1 if it has none. */
  us_socket_local_port(socket: UwsListenSocket): number;
  /** `silent`: no advertising header in this thread's responses. */
  _cfg(option: 'silent'): void;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}
