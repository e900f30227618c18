// hot: runs once per request
/** The forms that a request target may have (RFC 9112 3.2), and what becomes of each. Worker thread; pure. */

const SLASH = 0x2f;
const QUESTION = 0x3f;
const HTTP = 'http://';
const HTTPS = 'https://';

export interface RequestTarget {
  /** Path and query, or `*`. */
  readonly target: string;
  /** Goes over the Host field (RFC 9112 3.2.2). Empty where the target names none. */
  readonly authority: string;
}

/** Of OPTIONS for the server as a whole (RFC 9112 3.2.4). */
const WHOLE_SERVER: RequestTarget = Object.freeze({ target: '*', authority: '' });

/** Whether a target is in origin-form (RFC 9112 3.2.1), the usual one, which stays as it is. */
export function isOriginForm(target: string): boolean {
  return target.charCodeAt(0) === SLASH;
}

/**
 * Reads a target that is not in origin-form; null if it has no form that `method` may ask a reverse proxy for. `received` is not empty and
 * holds neither blanks nor a fragment. The grammar of the authority is left to whoever reads it as a Host.
 */
export function readOtherTarget(method: string, received: string): RequestTarget | null {
  if (received === '*') return method === 'OPTIONS' ? WHOLE_SERVER : null;
  const first = authorityStart(received);
  if (first === 0) return null;
  let end = first;
  while (end < received.length && !endsAuthority(received.charCodeAt(end))) end++;
  const authority = received.slice(first, end);
  // RFC 9110 4.2.1: no empty host; 4.2.4: no userinfo, which only ever made one host look like another.
  if (authority === '' || authority.includes('@')) return null;
  const rest = received.slice(end);
  if (rest === '') return { target: method === 'OPTIONS' ? '*' : '/', authority };
  return { target: isOriginForm(rest) ? rest : `/${rest}`, authority };
}

/** Where the authority of an absolute-form begins; 0 for any other target. */
function authorityStart(target: string): number {
  const scheme = target.slice(0, HTTPS.length).toLowerCase();
  if (scheme === HTTPS) return HTTPS.length;
  return scheme.startsWith(HTTP) ? HTTP.length : 0;
}

function endsAuthority(code: number): boolean {
  return code === SLASH || code === QUESTION;
}
