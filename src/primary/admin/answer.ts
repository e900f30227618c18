/** One answer of the admin endpoints as data, and the forms that it takes. Pure. Errors are problem+json (RFC 9457). */

export interface AdminAnswer {
  readonly status: number;
  /** Lower-case names. Content-Length is added when the answer is written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Writes pieces of a stream to its client. */
export interface StreamOut {
  readonly isOpen: boolean;
  /** Resolves once there is room for more. False: the client has gone, or took nothing for too long. */
  send(text: string): Promise<boolean>;
  /** Calls `onEnd` once the client goes or the server ends the stream; at once where that has happened. */
  onEnd(onEnd: () => void): void;
}

/** An answer without an end. */
export interface AdminStream {
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the stream by resolving. Never rejects. */
  run(out: StreamOut): Promise<void>;
}

const TITLES: Readonly<Record<number, string>> = Object.freeze({
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
});

// Nothing here is for a cache or for another page's frame, script or sniffing.
const COMMON = Object.freeze({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): AdminAnswer {
  return {
    status,
    headers: { ...COMMON, 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function textAnswer(
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): AdminAnswer {
  return { status, headers: { ...COMMON, 'content-type': contentType }, body: text };
}

export function bytesAnswer(
  bytes: Uint8Array,
  contentType: string,
  headers: Readonly<Record<string, string>>,
): AdminAnswer {
  return { status: 200, headers: { ...COMMON, 'content-type': contentType, ...headers }, body: bytes };
}

export function streamAnswer(contentType: string, run: AdminStream['run']): AdminStream {
  return { headers: { ...COMMON, 'content-type': contentType }, run };
}

/**
 * RFC 9457. `type` is about:blank: the status says what kind of problem it is, and `detail` what to do about it.
 * `members` are extension members (RFC 9457 3.2).
 */
export function problemAnswer(
  status: number,
  detail: string,
  extra: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly members?: Readonly<Record<string, unknown>>;
  } = {},
): AdminAnswer {
  const title = TITLES[status] ?? 'Error';
  return jsonAnswer(
    status,
    { type: 'about:blank', title, status, detail, ...extra.members },
    { ...extra.headers, 'content-type': 'application/problem+json' },
  );
}
