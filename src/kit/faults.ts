/**
 * What can go wrong with one request, as numbers, and the one table that says what follows from it.
 * A fault names the stage and the side: `UPSTREAM_RESET` is the endpoint's doing, `BODY_TOO_LARGE` the client's.
 */

export const Fault = {
  NONE: 0,
  // The client's doing.
  BAD_REQUEST: 1,
  PATH_ABOVE_ROOT: 2,
  BODY_TOO_LARGE: 3,
  URL_TOO_LONG: 4,
  HEADERS_TOO_LARGE: 5,
  BAD_TRANSFER_CODING: 6,
  REQUEST_TIMEOUT: 7,
  CLIENT_ABORTED: 8,
  CLIENT_WRITE_TIMEOUT: 9,
  VERSION_NOT_SUPPORTED: 12,
  PLAIN_ON_TLS: 13,
  ACCESS_DENIED: 14,
  WEBSOCKET_OFF: 15,
  /** The engine, or what is spoken to the endpoints, cannot carry a WebSocket. */
  WEBSOCKET_UNAVAILABLE: 16,
  RATE_LIMITED: 18,
  // The configuration's doing.
  NO_ROUTE: 10,
  NO_ENDPOINT: 11,
  /** Every endpoint has as many requests as `max_requests` allows. */
  ENDPOINTS_FULL: 17,
  // The endpoint's doing, before a byte of its answer.
  CONNECT_REFUSED: 20,
  CONNECT_FAILED: 21,
  CONNECT_TIMEOUT: 22,
  DNS_FAILED: 23,
  UPSTREAM_RESET: 24,
  UPSTREAM_CLOSED: 25,
  RESPONSE_TIMEOUT: 26,
  /** HTTP/2 proves that the endpoint did nothing with the request (RFC 9113 8.7). */
  STREAM_REFUSED: 27,
  /** The endpoint gave the request up on HTTP/2, or was lost while it was at work. */
  STREAM_RESET: 28,
  /** As many requests at once as the endpoint and penstock's own bound of sessions allow. */
  ENDPOINT_FULL: 29,
  TLS_FAILED: 60,
  CERTIFICATE_UNTRUSTED: 61,
  NOT_HTTP2: 62,
  /** After the handshake: the request was sent, but its connection was not accepted after all. */
  TLS_ALERT: 63,
  // The endpoint's doing, in its answer.
  BAD_RESPONSE: 30,
  RESPONSE_HEAD_TOO_LARGE: 31,
  UNEXPECTED_UPGRADE: 32,
  // The endpoint's doing, after its head: nothing can be answered any more, the client is cut.
  RESPONSE_INCOMPLETE: 40,
  BAD_RESPONSE_BODY: 41,
  RESPONSE_IDLE: 42,
  // Ours.
  WORKER_STOPPING: 50,
  INTERNAL: 51,
} as const;

export type Fault = (typeof Fault)[keyof typeof Fault];

/** What a fault tells about sending the request again (contract, Retries); `policies/retry-decision.ts` decides by it. */
export const Retry = {
  NEVER: 0,
  /** Nothing was sent. */
  NOTHING_SENT: 1,
  /** It was sent, and the endpoint proves that it did nothing with it. */
  UNTOUCHED: 2,
  /** Lost before any byte of an answer. On a connection that had served before, the endpoint may have closed it as we wrote. */
  LOST: 3,
  /** Broken off before any byte of an answer, by an endpoint that was there. */
  BROKEN_OFF: 4,
  /** The endpoint may have acted on it. Counts as an answer with the status that the client would get. */
  AS_STATUS: 5,
} as const;

export type Retry = (typeof Retry)[keyof typeof Retry];

export interface FaultEffect {
  /** Short and stable, for the access log and metrics. */
  readonly label: string;
  /** The status that the client gets if its head was not written yet; 0 cuts the connection. */
  readonly status: number;
  /** The `error` parameter of Proxy-Status (RFC 9209 2.3), or empty. */
  readonly proxyError: string;
  /** One sentence for the body of the answer. */
  readonly text: string;
  /** The answer closes the client's connection: its framing can no longer be trusted. */
  readonly closes: boolean;
  readonly retry: Retry;
}

const effect = (
  label: string,
  status: number,
  proxyError: string,
  text: string,
  closes = false,
  retry: Retry = Retry.NEVER,
): FaultEffect => Object.freeze({ label, status, proxyError, text, closes, retry });

const EFFECTS: Readonly<Record<Fault, FaultEffect>> = Object.freeze({
  [Fault.NONE]: effect('', 0, '', ''),
  [Fault.BAD_REQUEST]: effect('bad_request', 400, 'http_request_error', 'The request is malformed.', true),
  [Fault.PATH_ABOVE_ROOT]: effect(
    'path_above_root',
    400,
    'http_request_error',
    'The path climbs above the root.',
    true,
  ),
  [Fault.BODY_TOO_LARGE]: effect(
    'body_too_large',
    413,
    'http_request_error',
    'The request body is larger than this route takes.',
    true,
  ),
  [Fault.URL_TOO_LONG]: effect('url_too_long', 414, 'http_request_error', 'The URL is too long.', true),
  [Fault.HEADERS_TOO_LARGE]: effect(
    'headers_too_large',
    431,
    'http_request_error',
    'The request header section is too large.',
    true,
  ),
  [Fault.BAD_TRANSFER_CODING]: effect(
    'bad_transfer_coding',
    400,
    'http_request_error',
    'The only transfer coding taken is chunked.',
    true,
  ),
  [Fault.REQUEST_TIMEOUT]: effect(
    'request_timeout',
    408,
    'http_request_error',
    'The request body did not arrive in time.',
    true,
  ),
  [Fault.ACCESS_DENIED]: effect(
    'access_denied',
    403,
    'http_request_denied',
    'Access from this address is not allowed.',
  ),
  [Fault.RATE_LIMITED]: effect(
    'rate_limited',
    429,
    'http_request_denied',
    'More requests than are allowed; wait before the next one.',
  ),
  [Fault.WEBSOCKET_OFF]: effect(
    'websocket_off',
    403,
    'http_request_denied',
    'WebSocket is not allowed here.',
  ),
  [Fault.WEBSOCKET_UNAVAILABLE]: effect(
    'websocket_unavailable',
    501,
    'http_upgrade_failed',
    'WebSocket is not available here.',
  ),
  [Fault.CLIENT_ABORTED]: effect('client_aborted', 0, '', ''),
  [Fault.CLIENT_WRITE_TIMEOUT]: effect('client_write_timeout', 0, '', ''),
  [Fault.VERSION_NOT_SUPPORTED]: effect(
    'version_not_supported',
    505,
    'http_request_error',
    'This version of HTTP is not spoken here.',
    true,
  ),
  [Fault.PLAIN_ON_TLS]: effect(
    'plain_on_tls',
    400,
    'http_request_error',
    'This port speaks HTTPS: a plain HTTP request was sent to it.',
    true,
  ),
  [Fault.NO_ROUTE]: effect('no_route', 404, 'destination_not_found', 'No route matches this request.'),
  [Fault.NO_ENDPOINT]: effect('no_endpoint', 503, 'destination_unavailable', 'No endpoint is available.'),
  [Fault.ENDPOINTS_FULL]: effect(
    'endpoints_full',
    503,
    'connection_limit_reached',
    'Every endpoint has as many requests as it takes at once.',
  ),
  [Fault.CONNECT_REFUSED]: effect(
    'connect_refused',
    502,
    'connection_refused',
    'The endpoint refused the connection.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.CONNECT_FAILED]: effect(
    'connect_failed',
    502,
    'destination_ip_unroutable',
    'The endpoint cannot be reached.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.CONNECT_TIMEOUT]: effect(
    'connect_timeout',
    504,
    'connection_timeout',
    'The endpoint did not accept the connection in time.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.DNS_FAILED]: effect(
    'dns_failed',
    502,
    'dns_error',
    'The name of the endpoint does not resolve.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.UPSTREAM_RESET]: effect(
    'upstream_reset',
    502,
    'connection_terminated',
    'The endpoint reset the connection before it answered.',
    false,
    Retry.LOST,
  ),
  [Fault.UPSTREAM_CLOSED]: effect(
    'upstream_closed',
    502,
    'connection_terminated',
    'The endpoint closed the connection before it answered.',
    false,
    Retry.LOST,
  ),
  [Fault.RESPONSE_TIMEOUT]: effect(
    'response_timeout',
    504,
    'http_response_timeout',
    'The endpoint did not answer in time.',
    false,
    Retry.AS_STATUS,
  ),
  [Fault.STREAM_REFUSED]: effect(
    'stream_refused',
    503,
    'destination_unavailable',
    'The endpoint did not take the request.',
    false,
    Retry.UNTOUCHED,
  ),
  [Fault.STREAM_RESET]: effect(
    'stream_reset',
    502,
    'connection_terminated',
    'The endpoint broke the request off before it answered.',
    false,
    Retry.BROKEN_OFF,
  ),
  [Fault.ENDPOINT_FULL]: effect(
    'endpoint_full',
    503,
    'connection_limit_reached',
    'The endpoint takes no more requests at once.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.TLS_FAILED]: effect(
    'tls_failed',
    502,
    'tls_protocol_error',
    'The TLS handshake with the endpoint failed.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.CERTIFICATE_UNTRUSTED]: effect(
    'certificate_untrusted',
    502,
    'tls_certificate_error',
    'The certificate of the endpoint cannot be trusted.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.NOT_HTTP2]: effect(
    'not_http2',
    502,
    'http_protocol_error',
    'The endpoint does not speak HTTP/2.',
    false,
    Retry.NOTHING_SENT,
  ),
  [Fault.TLS_ALERT]: effect(
    'tls_alert',
    502,
    'tls_alert_received',
    'The endpoint ended the connection with a TLS alert.',
    false,
    Retry.BROKEN_OFF,
  ),
  [Fault.BAD_RESPONSE]: effect(
    'bad_response',
    502,
    'http_protocol_error',
    'The endpoint answered something that is not HTTP.',
    false,
    Retry.AS_STATUS,
  ),
  [Fault.RESPONSE_HEAD_TOO_LARGE]: effect(
    'response_head_too_large',
    502,
    'http_response_header_section_size',
    'The header section of the answer is too large.',
  ),
  [Fault.UNEXPECTED_UPGRADE]: effect(
    'unexpected_upgrade',
    502,
    'http_upgrade_failed',
    'The endpoint switched protocols without being asked.',
  ),
  [Fault.RESPONSE_INCOMPLETE]: effect('response_incomplete', 0, 'http_response_incomplete', ''),
  [Fault.BAD_RESPONSE_BODY]: effect('bad_response_body', 0, 'http_protocol_error', ''),
  [Fault.RESPONSE_IDLE]: effect('response_idle', 0, 'http_response_incomplete', ''),
  [Fault.WORKER_STOPPING]: effect('worker_stopping', 0, 'proxy_internal_error', ''),
  [Fault.INTERNAL]: effect(
    'internal',
    500,
    'proxy_internal_error',
    'Something went wrong in the proxy.',
    true,
  ),
});

/** What follows from a fault. */
export function effectOf(fault: Fault): FaultEffect {
  return EFFECTS[fault];
}

/**
 * The endpoint failed the request before a byte of its answer reached the client: what passive health counts. Not where it proves
 * that it is well: it refused the stream in order, or has as many requests as it takes.
 */
export function isEndpointFailure(fault: Fault): boolean {
  switch (fault) {
    case Fault.CONNECT_REFUSED:
    case Fault.CONNECT_FAILED:
    case Fault.CONNECT_TIMEOUT:
    case Fault.DNS_FAILED:
    case Fault.UPSTREAM_RESET:
    case Fault.UPSTREAM_CLOSED:
    case Fault.RESPONSE_TIMEOUT:
    case Fault.STREAM_RESET:
    case Fault.TLS_FAILED:
    case Fault.CERTIFICATE_UNTRUSTED:
    case Fault.NOT_HTTP2:
    case Fault.TLS_ALERT:
    case Fault.BAD_RESPONSE:
    case Fault.RESPONSE_HEAD_TOO_LARGE:
    case Fault.UNEXPECTED_UPGRADE:
      return true;
    default:
      return false;
  }
}
