// hot: runs once per request
/**
 * The names of fields that nearly every message is made of, so that they need not be looked at octet by octet. Worker thread; pure
 * data. Those that node:http2 has constants for are among them; it is not asked for them, since a worker that speaks HTTP/2 to no endpoint
 * does not load it.
 */

const NAMES = `
accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials
access-control-allow-headers access-control-allow-methods access-control-allow-origin access-control-expose-headers
access-control-max-age access-control-request-headers access-control-request-method age allow alt-svc authorization
cache-control connection content-disposition content-encoding content-language content-length content-location
content-md5 content-range content-security-policy content-type cookie cross-origin-opener-policy
cross-origin-resource-policy date dnt early-data etag expect expect-ct expires forwarded from host http2-settings
if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified link location
max-forwards origin permissions-policy prefer priority proxy-authenticate proxy-authorization proxy-connection
proxy-status purpose range referer referrer-policy refresh retry-after sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform
sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user server server-timing set-cookie strict-transport-security te
timing-allow-origin tk traceparent tracestate trailer transfer-encoding upgrade upgrade-insecure-requests user-agent
vary via warning www-authenticate x-content-type-options x-forwarded-for x-frame-options x-powered-by x-request-id
x-xss-protection
`;

/** In lower case, as HTTP/2 writes them. */
// hot-ok: at load
export const KNOWN_NAMES: ReadonlySet<string> = new Set(NAMES.trim().split(/\s+/));
