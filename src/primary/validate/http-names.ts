/**
 * Checks of paths, methods, header fields and redirect templates as the configuration writes them. Pure: text in, the
 * value or what is wrong with it out. What passes here goes onto the wire unchanged, so a line break must not.
 */

import { nearestName } from '../../kit/nearest.ts';
import { asciiPath, PathFault, resolvePath } from '../../kit/path.ts';
import type { NameFault } from './network-names.ts';

/** RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** RFC 9110 5.5: everything but controls; a tab is allowed. */
const HEADER_VALUE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;
const MAX_HEADER_VALUE = 8192;

/** A path in normal form. */
export function checkPath(text: string): string | NameFault {
  if (!text.startsWith('/')) return { message: 'a path begins with /', suggestion: `/${text}` };
  if (/[?#]/.test(text)) {
    return { message: 'a path has no ? and no #; conditions on the query are written under query:' };
  }
  if (/[\x00-\x20\x7f]/.test(text)) {
    return { message: 'a blank or control character in a path is written percent-encoded, such as %20' };
  }
  const path = resolvePath(asciiPath(text));
  if (path === PathFault.ABOVE_ROOT) return { message: 'the path climbs above the root' };
  return typeof path === 'string' ? path : { message: 'a % in a path is followed by two hexadecimal digits' };
}

/** Upper-case. */
export function checkMethod(text: string): string | NameFault {
  const method = text.toUpperCase();
  return TOKEN.test(method) ? method : { message: 'expected a method such as GET or POST' };
}

export function headerNameFault(name: string): string | null {
  return TOKEN.test(name) ? null : "a header name has letters, digits and !#$%&'*+.^_`|~- only";
}

export function headerValueFault(value: string): string | null {
  if (!HEADER_VALUE.test(value)) {
    return 'a header value cannot hold a line break or another control character';
  }
  if (value.length > MAX_HEADER_VALUE) return `a header value has at most ${MAX_HEADER_VALUE} characters`;
  return /^[ \t]|[ \t]$/.test(value) ? 'a header value cannot begin or end with a blank' : null;
}

const FRAMING = 'it frames the message, which only penstock can do';
const HOP = 'it belongs to one connection only (RFC 9110 7.6.1)';

const HOP_AND_FRAMING: ReadonlyMap<string, string> = new Map([
  ['content-length', FRAMING],
  ['transfer-encoding', FRAMING],
  ['trailer', FRAMING],
  ['connection', HOP],
  ['keep-alive', HOP],
  ['proxy-connection', HOP],
  ['te', HOP],
  ['upgrade', HOP],
  ['http2-settings', HOP],
]);

/** Why a header of a request to an endpoint may not be changed, or null. */
export function requestHeaderRefusal(name: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'host') return 'Host is set by rewrite.host';
  if (lower === 'expect') return 'Expect is answered by penstock itself';
  return refusal(name, HOP_AND_FRAMING.get(lower));
}

/** Why a header of an answer may not be changed, or null. */
export function responseHeaderRefusal(name: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'date') return 'Date is written by penstock when it sends the answer';
  return refusal(name, HOP_AND_FRAMING.get(lower));
}

/** Why requests cannot be counted by a header, or null. */
export function keyHeaderRefusal(name: string): string | null {
  if (name.toLowerCase() === 'host') return 'requests are counted by host with `host`';
  const reason = HOP_AND_FRAMING.get(name.toLowerCase());
  return reason === undefined ? null : `requests cannot be counted by ${name}: ${reason}`;
}

/** Why a header of a webhook may not be set, or null. */
export function webhookHeaderRefusal(name: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'host') return 'Host is taken from the URL';
  if (lower.startsWith('webhook-'))
    return `${name} is written by penstock: it identifies and signs the event`;
  return refusal(name, HOP_AND_FRAMING.get(lower));
}

/** Why a header cannot be a condition of a route, or null. */
export function conditionHeaderRefusal(name: string): string | null {
  if (name.toLowerCase() === 'host') return 'the host is matched by the key host';
  const reason = HOP_AND_FRAMING.get(name.toLowerCase());
  return reason === undefined ? null : `a route cannot be chosen by ${name}: ${reason}`;
}

function refusal(name: string, reason: string | undefined): string | null {
  return reason === undefined ? null : `${name} cannot be changed: ${reason}`;
}

const PLACEHOLDERS: readonly string[] = ['uri', 'path', 'query', 'host', 'scheme'];
const PLACEHOLDER_FORMS = PLACEHOLDERS.map((name) => `{${name}}`).join(' ');
/** What a Location may begin with here; a bare `example.com` would be a path below the current one. */
const REDIRECT_START = /^(https?:\/\/[^/]|\{scheme\}:\/\/[^/]|\/|\{uri\}|\{path\})/i;

/** The template of a redirect. */
export function checkRedirect(text: string): string | NameFault {
  for (const [written, name = ''] of text.matchAll(/\{([^{}]*)\}/g)) {
    if (PLACEHOLDERS.includes(name)) continue;
    const nearest = nearestName(name, PLACEHOLDERS);
    const suggestion = nearest === undefined ? undefined : text.replace(written, `{${nearest}}`);
    return { message: `a redirect knows the placeholders ${PLACEHOLDER_FORMS}`, suggestion };
  }
  const fixed = text.replaceAll(/\{[^{}]*\}/g, '');
  if (/[{}]/.test(fixed)) return { message: 'a brace is not closed, or closes nothing' };
  if (!/^[\x21-\x7e]*$/.test(fixed)) {
    return {
      message: 'a redirect target is written in ASCII without blanks; percent-encode other characters',
    };
  }
  if (!REDIRECT_START.test(text)) {
    return { message: 'a redirect target begins with http://, https://, {scheme}:// or /' };
  }
  return text;
}
