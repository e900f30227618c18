/** Why an authority could not be asked: from the error of a connection to a cause. Primary thread; pure. */

import { messageOf } from '../../../../kit/errors.ts';
import type { Cause, CauseStage } from './cause.ts';
import { causeOf, causeSaying } from './causes.ts';
import { quote } from './quote.ts';

/** By the codes of Node.js: what the system says in its own terms, in words. */
const WORDS: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ECONNABORTED: 'no answer in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  EADDRNOTAVAIL: 'no route to the network',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer in time',
  ERR_CANCELED: 'no answer in time',
  ABORT_ERR: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  ENOTFOUND: 'DNS does not know the name',
  EAI_AGAIN: 'DNS does not answer',
});

/** How the certificate of a server was refused: the codes of OpenSSL and of Node's own check of the name. */
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID$|INVALID_|HOSTNAME_MISMATCH$)/;

/** What a certificate is by our clock. */
const BY_CLOCK: Readonly<Record<string, string>> = Object.freeze({
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_HAS_EXPIRED: 'has expired',
});

export function networkCause(
  error: unknown,
  {
    authority,
    stage,
    isPublic,
  }: { readonly authority: string; readonly stage: CauseStage; readonly isPublic: boolean },
): Cause {
  const innermost = innermostOf(error);
  const code = codeOf(innermost);
  const validity = BY_CLOCK[code];
  // No authority serves one that begins later, and none that everybody trusts lets its own expire. A private one may.
  if (validity !== undefined && (isPublic || code === 'CERT_NOT_YET_VALID'))
    return causeSaying(
      'clock_off',
      `by the clock of this machine the certificate of ${authority} itself ${validity}`,
      stage,
    );
  const said = networkWords(error);
  return causeOf(
    CERTIFICATE.test(code) ? 'authority_untrusted' : 'authority_down',
    { authority, said },
    stage,
  );
}

/** An error of a connection in words: "connection refused". */
export function networkWords(error: unknown): string {
  const innermost = innermostOf(error);
  return WORDS[codeOf(innermost)] ?? quote(messageOf(innermost));
}

/** What is at the bottom: libraries wrap the error of the socket, and one of several addresses stands for all of them. */
function innermostOf(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5; depth++) {
    const next: unknown =
      at instanceof AggregateError
        ? at.errors[0]
        : at instanceof Error && codeOf(at) === ''
          ? at.cause
          : undefined;
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
