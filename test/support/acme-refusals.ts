/** What Boulder (Let's Encrypt) and others say of orders, accounts and limits, in the words of its sources and of what users have posted. */

import type { CauseCode, CauseStage } from '../../src/primary/certs/acme/diagnosis/cause.ts';

/** Stage, last word of the type, detail; the code of the cause, and what its message has to hold. Of a.example.com. */
export type AcmeProblemCase = readonly [CauseStage, string, string, CauseCode, string];

export const ACME_REFUSALS: readonly AcmeProblemCase[] = [
  // Orders.
  [
    'order',
    'rejectedIdentifier',
    'Cannot issue for "a.example.com": Domain name does not end with a valid public suffix (TLD)',
    'unsupported_name',
    'public suffix',
  ],
  [
    'order',
    'rejectedIdentifier',
    'Cannot issue for "a.example.com": The ACME server refuses to issue a certificate for this domain name, because it is forbidden by policy',
    'unsupported_name',
    'policy',
  ],
  [
    'order',
    'unsupportedIdentifier',
    'NewOrder request included invalid non-DNS type identifier',
    'unsupported_name',
    'non-DNS',
  ],
  [
    'order',
    'malformed',
    'Order included DNS identifier with a value containing an illegal character',
    'unsupported_name',
    'illegal',
  ],
  ['order', 'malformed', 'JWS verification error', 'authority_error', 'JWS'],
  ['order', 'serverInternal', 'Error creating new order', 'authority_error', 'Error creating'],
  ['order', 'badNonce', 'JWS has an invalid anti-replay nonce: "x"', 'authority_error', 'nonce'],
  ['finalise', 'badCSR', 'Error parsing certificate request: x509', 'csr_refused', 'x509'],
  ['finalise', 'badPublicKey', 'key too small', 'csr_refused', 'too small'],
  [
    'finalise',
    'orderNotReady',
    'Order\'s status ("pending") is not acceptable for finalization',
    'authority_error',
    'pending',
  ],
  // Accounts.
  [
    'order',
    'unauthorized',
    'Account is not valid, has status "deactivated"',
    'account_refused',
    'deactivated',
  ],
  ['order', 'accountDoesNotExist', 'Account "https://x/1" not found', 'account_refused', 'not found'],
  ['order', 'externalAccountRequired', 'must include a value', 'eab_required', 'external account binding'],
  [
    'order',
    'unauthorized',
    'external account binding JWS verification error: square/go-jose',
    'eab_wrong',
    'verification',
  ],
  [
    'order',
    'unauthorized',
    "the field 'kid' references a key that is not known to the ACME server",
    'eab_wrong',
    'kid',
  ],
  ['order', 'malformed', 'Unable to unmarshal external account binding', 'eab_wrong', 'unmarshal'],
  [
    'order',
    'invalidContact',
    'Error validating contact(s) :: contact email has forbidden domain "example.com"',
    'contact_refused',
    'forbidden domain',
  ],
  ['order', 'unsupportedContact', 'contact method "tel" is not supported', 'contact_refused', 'tel'],
  [
    'order',
    'userActionRequired',
    'Terms have changed: https://ca.example/terms.',
    'terms',
    'https://ca.example/terms',
  ],
  [
    'order',
    'agreementRequired',
    'Provided account did not agree to the terms of service',
    'terms',
    'did not agree',
  ],
  // Limits.
  [
    'order',
    'rateLimited',
    'too many certificates (50) already issued for "example.com" in the last 168h0m0s, retry after 2026-03-01 02:03:04 UTC: see https://letsencrypt.org/docs/rate-limits/#new-certificates-per-registered-domain',
    'rate_limited',
    'until 2026-03-01T02:03:04Z',
  ],
  [
    'order',
    'rateLimited',
    'Error creating new order :: too many certificates already issued for "example.com". Retry after 2026-04-01T19:00:00Z: see https://letsencrypt.org/docs/rate-limits/',
    'rate_limited',
    'until 2026-04-01T19:00:00Z',
  ],
  ['order', 'rateLimited', 'Service busy; retry later.', 'rate_limited', 'for now'],
  [
    'order',
    'rateLimited',
    'Your account is temporarily prevented from requesting certificates for a.example.com and possibly others. Please visit: https://portal.letsencrypt.org/sfe/v1/unpause?jwt=abc.def-_.ghi',
    'paused',
    'https://portal.letsencrypt.org/sfe/v1/unpause?jwt=abc.def-_.ghi',
  ],
];
