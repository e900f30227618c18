import { describe, expect, it } from 'vitest';
import {
  type CaaQuestion,
  caaObjection,
} from '../../../../../../src/primary/certs/acme/diagnosis/check-caa.ts';

const ACCOUNT = 'https://acme-v02.api.letsencrypt.org/acme/acct/1';
const question = (facts: Partial<CaaQuestion> = {}): CaaQuestion => ({
  host: 'a.example.com',
  identities: ['letsencrypt.org'],
  account: ACCOUNT,
  challenge: 'http-01',
  ...facts,
});
const WILD = { host: '*.example.com', challenge: 'dns-01' } as const;

/** `0 issue "ca.example"`, or several with a comma in between. */
const set = (text: string) => ({
  domain: 'example.com',
  records: [...text.matchAll(/(\d+) (\w+) "([^"]*)"/g)].map(([, flags, tag = '', value = '']) => ({
    critical: Number(flags) >= 128,
    tag,
    value,
  })),
});

describe('caaObjection', () => {
  it.each<[string, Partial<CaaQuestion>, string | null]>([
    ['', {}, null],
    ['0 issue "letsencrypt.org"', {}, null],
    ['0 issue "LetsEncrypt.org."', {}, null],
    ['0 issue "sectigo.com", 0 issue "letsencrypt.org"', {}, null],
    ['0 issue "sectigo.com"', {}, 'they say 0 issue "sectigo.com"'],
    ['0 issue "sectigo.com", 0 issue "pki.goog"', {}, 'they say 0 issue "sectigo.com", 0 issue "pki.goog"'],
    ['128 issue ";"', {}, 'they say 128 issue ";"'],
    ['0 issue ""', {}, 'they say 0 issue ""'],
    ['0 issue "notletsencrypt.org"', {}, 'they say 0 issue "notletsencrypt.org"'],
    // Nothing about certificates at all.
    ['0 iodef "mailto:a@example.com"', {}, null],
    ['128 iodef "mailto:a@example.com"', {}, null],
    ['0 tbs "x"', {}, null],
    ['128 tbs "x", 0 issue "letsencrypt.org"', {}, 'a critical record has the unknown tag "tbs"'],
    // Wildcards.
    ['0 issuewild ";"', {}, null],
    ['0 issuewild ";"', WILD, 'they say 0 issuewild ";"'],
    ['0 issue "letsencrypt.org", 0 issuewild ";"', WILD, 'they say 0 issuewild ";"'],
    ['0 issue ";", 0 issuewild "letsencrypt.org"', WILD, null],
    ['0 issue ";", 0 issuewild "letsencrypt.org"', {}, 'they say 0 issue ";"'],
    ['0 issue "letsencrypt.org"', WILD, null],
    // RFC 8657.
    [`0 issue "letsencrypt.org; accounturi=${ACCOUNT}"`, {}, null],
    [
      '0 issue "letsencrypt.org; accounturi=https://x/2"',
      {},
      `they name the account https://x/2, and penstock has ${ACCOUNT}`,
    ],
    ['0 issue "letsencrypt.org; accounturi=https://x/2"', { account: '' }, null],
    ['0 issue "letsencrypt.org;validationmethods=dns-01,http-01"', {}, null],
    [
      '0 issue "letsencrypt.org; validationmethods=dns-01"',
      {},
      'they allow the challenges dns-01, and acme.challenge is http-01',
    ],
    ['0 issue "letsencrypt.org; validationmethods=dns-01"', { challenge: 'dns-01' }, null],
    ['0 issue "letsencrypt.org; validationmethods=dns-01", 0 issue "letsencrypt.org"', {}, null],
    ['0 issue "letsencrypt.org; foo=bar;"', {}, null],
    // An authority that does not say who it is.
    ['0 issue "ca.internal"', { identities: [] }, null],
    ['0 issue ";"', { identities: [] }, 'they say 0 issue ";"'],
    ['0 issue "b.example"', { identities: ['a.example', 'b.example'] }, null],
  ])('%s %j → %s', (records, facts, objection) => {
    expect(caaObjection(set(records), question(facts))).toBe(objection);
  });
});
