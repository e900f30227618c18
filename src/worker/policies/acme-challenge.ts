// hot: runs once per request
/** The answer to an authority that asks over HTTP whether a name is ours (RFC 8555 8.3, http-01). Pure. */

const PREFIX = '/.well-known/acme-challenge/';

/** What is asked. */
export interface ChallengeRequest {
  /** It came to a TLS listener. */
  readonly tls: boolean;
  readonly method: string;
  /** In normal form. */
  readonly path: string;
}

/**
 * The key authorisation that a request asks for, or null where it is to be routed: the authority comes by plain HTTP, by whatever host. A token that
 * nobody here knows may be one of an ACME client behind us. `challenges`: key authorisations by token.
 */
export function keyAuthorizationFor(
  challenges: ReadonlyMap<string, string>,
  { tls, method, path }: ChallengeRequest,
): string | null {
  if (tls || !path.startsWith(PREFIX) || (method !== 'GET' && method !== 'HEAD')) return null;
  return challenges.get(path.slice(PREFIX.length)) ?? null;
}
