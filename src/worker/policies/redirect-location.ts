// hot: runs once per request
/** Where a redirect leads (contract, `redirect.to`, `redirect_from`, `https_redirect`). Pure. */

import type { Route } from '../../bridge/snapshot/model.ts';
import { escapeBytes } from '../../kit/byte-string.ts';

export interface RedirectRequest extends RedirectFacts {
  readonly method: string;
  /** The Host field as received. */
  readonly authority: string;
}

export interface Redirection {
  readonly status: number;
  readonly location: string;
}

export interface RedirectFacts {
  readonly scheme: 'http' | 'https';
  /** Without port; an IPv6 literal without brackets. */
  readonly host: string;
  /** Path and query as received, a byte string. */
  readonly target: string;
  /** Where the query begins in `target`, or its length. */
  readonly pathEnd: number;
}

/**
 * For a request that `decide` redirects. `toHttps`: since it came by plain HTTP; then a name that is redirected anyway leads to
 * its https URL at once. Null where the client names no host, so that it cannot be sent to one.
 */
export function redirectionOf(
  { action }: Route,
  toHttps: boolean,
  request: RedirectRequest,
  httpsPort: number,
): Redirection | null {
  if (action.kind === 'redirect' && !toHttps)
    return { status: action.status, location: redirectLocation(action.to, request) };
  const { method, target } = request;
  const host = action.kind === 'host_redirect' ? action.host : request.host;
  if (host === '') return null;
  const location = toHttps ? httpsLocation(host, target, httpsPort) : hostLocation(host, request);
  return { status: permanentRedirectStatus(method), location };
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

/** The same URL at another host: the scheme and the port stay. */
function hostLocation(host: string, { scheme, authority, target }: RedirectRequest): string {
  const colon = authority.lastIndexOf(':');
  const hasPort = colon > authority.lastIndexOf(']') && colon < authority.length - 1;
  return `${scheme}://${bracketed(host)}${hasPort ? authority.slice(colon) : ''}${pathOf(target)}`;
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
