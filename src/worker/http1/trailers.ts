// cold: runs once per message with trailers
/** Which trailer fields a proxy passes on. Worker thread; pure. */

/**
 * What frames, routes or controls a message, or belongs to one connection, means nothing behind the body, or something else
 * than the sender meant (RFC 9110 6.5.1 and 7.6.1).
 */
const NEVER: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'www-authenticate',
]);

/**
 * `lines`: `Name: value` lines of a trailer section, each with its CRLF. Gives those that may go on, in the same form. `connection`: what the
 * Connection fields of the message list, in lower case: a field that they name belongs to that connection, wherever it stands.
 * HTTP/2 has none.
 */
export function forwardableTrailers(lines: string, connection: string = ''): string {
  if (lines === '') return '';
  const named = connection.split(',').map((option) => option.trim());
  let kept = '';
  let at = 0;
  while (at < lines.length) {
    const next = lines.indexOf('\r\n', at) + 2;
    const name = lines.slice(at, lines.indexOf(':', at)).toLowerCase();
    if (!named.includes(name) && mayGoOn(name)) kept += lines.slice(at, next);
    at = next;
  }
  return kept;
}

/** `name`: in lower case. A twin with underscores reads as the same field behind CGI, so it is treated like the real one. */
function mayGoOn(name: string): boolean {
  const lower = name.replaceAll('_', '-');
  return (
    !NEVER.has(lower) &&
    !lower.startsWith('x-forwarded-') &&
    lower !== 'x-real-ip' &&
    lower !== 'x-request-id'
  );
}
