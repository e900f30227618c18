// hot: runs once per request
/** Where a redirect leads (contract, `redirect.to`, `https_redirect`). Pure. */

import { escapeBytes } from '../../kit/byte-string.ts';

export interface RedirectFacts {
  readonly scheme: 'http' | 'https';
  /** Without port; an IPv6 literal without brackets. */
  readonly host: string;
  /** Path and query as received, a byte string. */
  readonly target: string;
  /** Where the query begins in `target`, or its length. */
  readonly pathEnd: number;
}

const PLACEHOLDER = /\{(uri|path|query|host|scheme)\}/g;

/** Fills {uri} {path} {query} {host} {scheme}. The facts were checked to hold no control characters. */
export function redirectLocation(template: string, facts: RedirectFacts): string {
  if (!template.includes('{')) return template;
  // hot-ok: redirects only
  return template.replace(PLACEHOLDER, (_, name: string) => {
    switch (name) {
      case 'uri':
        return pathOf(facts.target);
      case 'path':
        return pathOf(facts.target.slice(0, facts.pathEnd));
      case 'query':
        return escapeBytes(facts.target.slice(facts.pathEnd + 1));
      case 'host':
        return bracketed(facts.host);
      default:
        return facts.scheme;
    }
  });
}

/** The same URL by https. `httpsPort` 0: TLS ends in front of us, on its default port. */
export function httpsLocation(host: string, target: string, httpsPort: number): string {
  const port = httpsPort === 443 || httpsPort === 0 ? '' : `:${httpsPort}`;
  return `https://${bracketed(host)}${port}${pathOf(target)}`;
}

/** As a URL has it. `*`, which is no path (RFC 9112 3.2.4), stands for the root there. */
function pathOf(target: string): string {
  return target === '*' ? '/' : escapeBytes(target);
}

/** 301 may turn any method but GET and HEAD into GET (RFC 9110 15.4.2), 308 may not. */
export function permanentRedirectStatus(method: string): 301 | 308 {
  return method === 'GET' || method === 'HEAD' ? 301 : 308;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
