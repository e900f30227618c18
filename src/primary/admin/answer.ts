/** One answer of the admin endpoints as data, and the forms that it takes. Pure. Errors are problem+json (RFC 9457). */

export interface AdminAnswer {
  readonly status: number;
  /** Lower-case names. Content-Length is added when the answer is written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const TITLES: Readonly<Record<number, string>> = Object.freeze({
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  501: 'Not Implemented',
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
