/** The value of Strict-Transport-Security that a route sends over TLS (RFC 6797 6.1). Primary thread; pure. */

import type { HeaderDraft, HstsDraft, RouteDraft } from '../draft.ts';

const FIELD = 'strict-transport-security';

/** Empty = none. What `response_headers.set` says goes over what `hsts` says. */
export function compileHsts({ hsts, responseHeaders }: RouteDraft): string {
  if (hsts === null) return '';
  return responseHeaders.set.find(isHsts)?.value ?? hstsText(hsts);
}

/** What a route with `hsts` is to set by itself: over plain HTTP the field must not be sent (RFC 6797 7.2). */
export function withoutHsts({ hsts, responseHeaders }: RouteDraft): RouteDraft['responseHeaders'] {
  if (hsts === null) return responseHeaders;
  return { ...responseHeaders, set: responseHeaders.set.filter((field) => !isHsts(field)) };
}

function isHsts({ name }: HeaderDraft): boolean {
  return name.toLowerCase() === FIELD;
}

function hstsText({ maxAgeSeconds, includeSubdomains, preload }: HstsDraft): string {
  return `max-age=${maxAgeSeconds}${includeSubdomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
}
