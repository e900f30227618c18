/**
 * The `acme:` section as whoever obtains certificates gets it: read and checked, defaults filled in, the words for directories resolved. Primary
 * thread; types and constants only.
 */

import type { Origin } from '../../../kit/problem.ts';

/** The directories that have a word of their own (RFC 8555 7.1.1; letsencrypt.org, "Staging Environment"). */
export const DIRECTORIES = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const;

export type ChallengeType = 'http-01' | 'dns-01';
export type KeyType = 'ecdsa256' | 'ecdsa384' | 'rsa2048';

export interface AcmeDraft {
  readonly enabled: boolean;
  /** For routes that name no other; null = none is given to the authority. */
  readonly email: string | null;
  /** URLs. The staging one counts only with `stagingFirst`. */
  readonly directory: string;
  readonly stagingDirectory: string;
  readonly stagingFirst: boolean;
  /** PEM of roots that are trusted beside those that Node.js brings, for private authorities. */
  readonly caPem: string | null;
  readonly challenge: ChallengeType;
  /** Not null with dns-01. */
  readonly dns: AcmeDnsDraft | null;
  /** Milliseconds before the end of a certificate; less for one that is not valid for three times as long. */
  readonly renewBeforeMs: number;
  readonly keyType: KeyType;
  /** External account binding (RFC 8555 7.3.4). `hmacKey` as the authority gave it: base64url. */
  readonly eab: { readonly kid: string; readonly hmacKey: string } | null;
  /** Only names whose domain was verified get a certificate. */
  readonly requireVerified: boolean;
}

export interface AcmeDnsDraft {
  readonly provider: DnsProviderName;
  /** As `dns-providers/credentials.ts` has them. Never printed. */
  readonly credentials: Readonly<Record<string, string>>;
  /** `IP`, `IPv4:PORT` or `[IPv6]:PORT`; empty: the system's. */
  readonly resolvers: readonly string[];
  readonly propagationTimeoutMs: number;
}

export type DnsProviderName =
  | 'cloudflare'
  | 'route53'
  | 'digitalocean'
  | 'hostinger'
  | 'hetzner'
  | 'rfc2136'
  | 'exec';

/** The same before the file of `ca_file` was read. */
export interface AcmeSectionDraft extends Omit<AcmeDraft, 'caPem'> {
  /** Absolute. */
  readonly caFile: string | null;
  readonly origin: Origin;
}
