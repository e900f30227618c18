/** The `acme:` section: where automatic certificates come from, and how names are shown to be ours. Primary thread; pure. */

import { z } from 'zod';
import { nearestName } from '../../../kit/nearest.ts';
import {
  type AcmeDnsDraft,
  type ChallengeType,
  DIRECTORIES,
  type DnsProviderName,
  type KeyType,
} from '../../certs/acme/acme-draft.ts';
import {
  CREDENTIALS,
  type CredentialFields,
  DNS_PROVIDERS,
} from '../../certs/acme/challenge/dns-providers/credentials.ts';
import { isLoopback } from '../network-names.ts';
import type { AcmeShape } from '../shapes.ts';
import { duration, fail, listWords, report, text, words } from './fields.ts';
import { resolvers } from './network-fields.ts';

const DAY_MS = 24 * 3_600_000;
const CHALLENGES: readonly ChallengeType[] = ['http-01', 'dns-01'];
const KEY_TYPES: readonly KeyType[] = ['ecdsa256', 'ecdsa384', 'rsa2048'];
const DIRECTORY_WORDS = Object.keys(DIRECTORIES);
const DIRECTORY_FORMS = `expected ${DIRECTORY_WORDS.join(', ')}, or the https URL of a directory`;
/** What authorities take for a contact (RFC 8555 7.3, RFC 6068): one plain address. */
const EMAIL = /^[^\s@<>,;:"()[\]\\?&%]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

export function email(description: string): z.ZodType<string> {
  return z
    .string()
    .transform((value, ctx) =>
      EMAIL.test(value)
        ? value
        : fail(
            ctx,
            'BAD_VALUE',
            'expected one mail address such as ops@example.com, without a name around it',
          ),
    )
    .describe(description);
}

/** The URL of a directory, words resolved. Account keys sign what goes there, so it is plain HTTP on this machine alone. */
function directory(description: string): z.ZodType<string> {
  return z
    .string()
    .transform((value, ctx) => {
      if (isDirectoryWord(value)) return DIRECTORIES[value];
      const url = URL.canParse(value) ? new URL(value) : null;
      if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        const suggestion = nearestName(value, DIRECTORY_WORDS);
        return fail(ctx, 'BAD_VALUE', DIRECTORY_FORMS, { suggestion });
      }
      if (url.username !== '' || url.password !== '')
        return fail(ctx, 'BAD_VALUE', 'the URL of a directory has no user and no password');
      if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
        return fail(
          ctx,
          'BAD_VALUE',
          'a directory is asked over https; http is for one on this machine alone',
        );
      return url.href;
    })
    .describe(`${description} ${listWords(DIRECTORY_WORDS)}, or a URL.`);
}

function isDirectoryWord(value: string): value is keyof typeof DIRECTORIES {
  return Object.hasOwn(DIRECTORIES, value);
}

const dns: z.ZodType<AcmeDnsDraft> = z
  .strictObject({
    provider: words({ description: 'Whose name servers the records are written to.', words: DNS_PROVIDERS }),
    credentials: z
      .record(z.string(), z.unknown().meta({ type: 'string' }))
      .describe('What the provider wants to be given. Best written as ${secret.NAME}.')
      .prefault({}),
    resolvers: resolvers("Name servers that are asked, up to three, in place of the system's.").prefault([]),
    propagation_timeout: duration({
      description: 'How long the name servers of the zone may take to show a record.',
      minMs: 1_000,
      maxMs: 3_600_000,
    }).prefault('2m'),
  })
  .transform((written, ctx): AcmeDnsDraft => {
    const { provider, credentials } = written;
    return {
      provider,
      credentials: credentialsOf(provider, credentials, ctx),
      resolvers: written.resolvers,
      propagationTimeoutMs: written.propagation_timeout,
    };
  })
  .describe('With challenge: dns-01: who writes the records.');

/** The credentials of a provider; what is wrong with them is reported. */
function credentialsOf(
  provider: DnsProviderName,
  given: Readonly<Record<string, unknown>>,
  ctx: z.RefinementCtx,
): Readonly<Record<string, string>> {
  const fields: CredentialFields = CREDENTIALS[provider];
  const known = Object.keys(fields);
  const place = (name: string): { path: string[] } => ({ path: ['credentials', name] });
  const credentials: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      const suggestion = nearestName(name, known);
      const message = `provider: ${provider} has no such credential; it takes ${known.join(', ')}`;
      // What is near to no name may be a secret that went into the place of one: it is not shown.
      const spot = suggestion === undefined ? { path: ['credentials'] } : place(name);
      report(ctx, 'UNKNOWN_KEY', message, { ...spot, spot: 'key', suggestion });
    } else if (typeof value !== 'string') report(ctx, 'WRONG_TYPE', 'expected text in quotes', place(name));
    else {
      const fault = value === '' ? `the ${field.meaning} is empty` : (field.faultOf?.(value) ?? null);
      if (fault === null) credentials[name] = value;
      else report(ctx, 'BAD_VALUE', fault, place(name));
    }
  }
  for (const name of known) {
    if (fields[name]?.required !== true || Object.hasOwn(given, name)) continue;
    const message = `provider: ${provider} needs credentials.${name}, its ${fields[name].meaning}`;
    report(ctx, 'MISSING_KEY', message, { path: ['credentials'], spot: 'key' });
  }
  if (provider === 'rfc2136') checkTsig(given, ctx);
  return credentials;
}

/** A TSIG key (RFC 8945) has a name and a secret. */
function checkTsig(given: Readonly<Record<string, unknown>>, ctx: z.RefinementCtx): void {
  const hasName = Object.hasOwn(given, 'key_name');
  if (hasName === Object.hasOwn(given, 'key_secret')) return;
  const [one, other] = hasName ? ['key_name', 'key_secret'] : ['key_secret', 'key_name'];
  const message = `${one} needs credentials.${other}: a TSIG key has both`;
  report(ctx, 'MISSING_KEY', message, { path: ['credentials', one], spot: 'key' });
}

const eab = z
  .strictObject({
    kid: z.string().describe('Key identifier; empty = none.').prefault(''),
    hmac_key: z
      .string()
      .describe('Its key in base64url, as the authority gave it. Best written as ${secret.NAME}.')
      .prefault(''),
  })
  .transform((written, ctx) => {
    const { kid, hmac_key: hmacKey } = written;
    if (kid === '' && hmacKey === '') return null;
    if (kid === '')
      return fail(ctx, 'MISSING_KEY', 'hmac_key needs the kid that it belongs to', { spot: 'key' });
    if (hmacKey === '')
      return fail(ctx, 'MISSING_KEY', 'kid needs the hmac_key that belongs to it', { spot: 'key' });
    if (!BASE64URL.test(hmacKey))
      return fail(ctx, 'BAD_VALUE', 'this is no base64url: letters, digits, - and _', { path: ['hmac_key'] });
    return { kid, hmacKey };
  })
  .describe('External account binding, where the authority wants one (RFC 8555 7.3.4).');

export const acmeSchema: z.ZodType<AcmeShape> = z
  .strictObject({
    enabled: z.boolean().describe('false: as if the section were left out.').prefault(true),
    email: email('Whom the authority may write to; a route may name another.').optional(),
    directory: directory('The authority:').prefault('letsencrypt'),
    staging_directory: directory('The authority that is tried first:').optional(),
    staging_first: z
      .boolean()
      .describe(
        'Whether a new name is tried at staging_directory first, whose limits are hard to meet. Left out: true with directory: letsencrypt, or with a staging_directory.',
      )
      .optional(),
    ca_file: text(
      'PEM file with roots that are trusted beside those that Node.js brings, for a private authority. Relative to the configuration.',
    ).optional(),
    challenge: words({
      description:
        'How a name is shown to be ours: http-01 by plain HTTP on port 80, dns-01 by a record in DNS.',
      words: CHALLENGES,
    }).prefault('http-01'),
    dns: dns.optional(),
    renew_before: duration({
      description:
        'How long before the end of a certificate it is renewed; a third of its lifetime where that is less.',
      minMs: 60_000,
      maxMs: 365 * DAY_MS,
    }).prefault('30d'),
    key_type: words({ description: 'Kind of the keys of certificates.', words: KEY_TYPES }).prefault(
      'ecdsa256',
    ),
    eab: eab.optional(),
    require_verified: z
      .boolean()
      .describe('Whether only names of verified domains get certificates.')
      .prefault(false),
  })
  .transform((written, ctx): AcmeShape => {
    const stagingFirst = stagingFirstOf(
      written.directory,
      written.staging_directory,
      written.staging_first,
      ctx,
    );
    if (written.challenge === 'dns-01' && written.dns === undefined)
      report(ctx, 'MISSING_KEY', 'challenge: dns-01 needs dns: { provider: …, credentials: { … } }', {
        path: ['challenge'],
      });
    return {
      enabled: written.enabled,
      email: written.email ?? null,
      directory: written.directory,
      stagingDirectory: written.staging_directory ?? DIRECTORIES['letsencrypt-staging'],
      stagingFirst,
      caFile: written.ca_file ?? null,
      challenge: written.challenge,
      dns: written.dns ?? null,
      renewBeforeMs: written.renew_before,
      keyType: written.key_type,
      eab: written.eab ?? null,
      requireVerified: written.require_verified,
    };
  })
  .describe('Where automatic certificates come from (RFC 8555).');

/** Another authority's staging would say nothing about this one, and has no business with private names. */
function stagingFirstOf(
  directoryUrl: string,
  staging: string | undefined,
  asked: boolean | undefined,
  ctx: z.RefinementCtx,
): boolean {
  const isKnown = staging !== undefined || directoryUrl === DIRECTORIES.letsencrypt;
  const isOther = isKnown && staging !== directoryUrl;
  if (asked === true && !isKnown)
    return fail(ctx, 'MISSING_KEY', 'staging_first needs the staging_directory of this authority', {
      path: ['staging_first'],
      spot: 'key',
    });
  if (asked === true && !isOther)
    return fail(ctx, 'CONFLICT', 'staging_directory is the same as directory; take staging_first out', {
      path: ['staging_first'],
      spot: 'key',
    });
  return (asked ?? true) && isOther;
}
