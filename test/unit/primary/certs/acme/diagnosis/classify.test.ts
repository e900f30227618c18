import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../../../src/kit/errors.ts';
import { AuthorityError, readProblem } from '../../../../../../src/primary/certs/acme/authority-error.ts';
import { causeOf } from '../../../../../../src/primary/certs/acme/diagnosis/causes.ts';
import { classify, type FailedAttempt } from '../../../../../../src/primary/certs/acme/diagnosis/classify.ts';
import { ACME_REFUSALS } from '../../../../../support/acme-refusals.ts';
import { ACME_VALIDATION_PROBLEMS } from '../../../../../support/acme-validation-problems.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;
const AUTHORITY = 'https://acme-v02.api.letsencrypt.org/directory';
const URN = 'urn:ietf:params:acme:error:';

const failed = (error: unknown, facts: Partial<FailedAttempt> = {}): FailedAttempt => ({
  host: 'a.example.com',
  authority: AUTHORITY,
  stage: 'challenge',
  error,
  clockSkewMs: 0,
  nowMs: NOW,
  warnings: [],
  publicAddresses: [],
  isPublic: false,
  ...facts,
});

/** As an answer with a problem document is thrown. */
function refusal(document: Readonly<Record<string, unknown>>, retryAfterMs = 0): AuthorityError {
  const status = typeof document.status === 'number' ? document.status : 400;
  const problem = readProblem(document, status);
  return new AuthorityError('refused', { kind: 'problem', url: AUTHORITY, status, problem, retryAfterMs });
}

const PORT = 'http://a.example.com/.well-known/acme-challenge/tok';

describe('a problem document', () => {
  it.each([...ACME_VALIDATION_PROBLEMS, ...ACME_REFUSALS])(
    '%s %s: %s → %s',
    (stage, type, detail, code, words) => {
      const cause = classify(failed(refusal({ type: URN + type, detail }), { stage }));
      expect(cause).toMatchObject({ code, stage });
      expect(cause.message).toContain(words);
    },
  );

  it('of a limit is waited for as the header says, before the words', () => {
    const detail =
      'too many new orders (300) from this account in the last 3h0m0s, retry after 2026-03-01 02:00:00 UTC';
    const document = { type: `${URN}rateLimited`, detail, status: 429 };
    expect(classify(failed(refusal(document))).untilMs).toBe(NOW + 2 * HOUR);
    expect(classify(failed(refusal(document, HOUR))).untilMs).toBe(NOW + HOUR);
    expect(classify(failed(refusal({ ...document, detail: 'no' }))).untilMs).toBeNull();
    const never = { ...document, detail: 'too many, retry after 9999-01-01 00:00:00 UTC' };
    expect(classify(failed(refusal(never))).untilMs).toBe(NOW + 7 * 24 * HOUR);
  });

  it('is taken for what it says of the name, where it is of several', () => {
    const part = (value: string, type: string, detail: string) => ({
      type: URN + type,
      detail,
      identifier: { type: 'dns', value },
    });
    const document = {
      type: `${URN}compound`,
      detail: 'Some of the identifiers requested were rejected',
      subproblems: [
        part('b.example.com', 'rejectedIdentifier', 'forbidden'),
        part('a.example.com', 'caa', 'CAA record for a.example.com prevents issuance'),
      ],
    };
    expect(classify(failed(refusal(document), { stage: 'order' })).code).toBe('caa_forbids');
    expect(classify(failed(refusal(document), { stage: 'order', host: 'c.example.com' })).code).toBe(
      'unsupported_name',
    );
  });

  it.each([
    [503, 'serverInternal', 'authority_down'],
    [500, 'serverInternal', 'authority_error'],
    [429, 'somethingNew', 'rate_limited'],
    [502, 'somethingNew', 'authority_error'],
    [403, 'somethingNew', 'unknown'],
  ] as const)('with status %i and type %s is %s', (status, type, code) => {
    const cause = classify(
      failed(refusal({ type: URN + type, detail: 'words', status }), { stage: 'order' }),
    );
    expect(cause.code).toBe(code);
    expect(cause.message).toContain('words');
  });

  it('keeps to one line of a bounded length, whatever the authority says', () => {
    const detail = `a\u001b[31m\nb\u202e${'x'.repeat(5_000)}`;
    const { message } = classify(failed(refusal({ type: `${URN}somethingNew`, detail }), { stage: 'order' }));
    expect(message).toMatch(/^a \[31m b x{200,}…$/);
    expect(message.length).toBe(300);
  });

  it('of a name that leads to another machine says where it leads, if this one has a public address', () => {
    const error = refusal({
      type: `${URN}unauthorized`,
      detail: `192.0.2.1: Invalid response from ${PORT}: 404`,
    });
    expect(classify(failed(error, { publicAddresses: ['198.51.100.7'] }))).toMatchObject({
      code: 'resolves_elsewhere',
      message: `a.example.com resolves to 192.0.2.1, and this machine has 198.51.100.7: 192.0.2.1: Invalid response from ${PORT}: 404`,
    });
    expect(classify(failed(error, { publicAddresses: ['192.0.2.1'] })).code).toBe('wrong_answer');
  });
});

describe('what pre-checks saw before', () => {
  const findings = [{ address: '2001:db8::1', said: 'no route to the network' }];
  const warning = causeOf('address_not_answering', {
    host: 'a.example.com',
    findings,
    answering: ['192.0.2.1'],
  });
  const error = refusal({
    type: `${URN}connection`,
    detail: `2001:db8::1: Fetching ${PORT}: Connection refused`,
  });

  it('explains a failed validation', () => {
    const cause = classify(failed(error, { warnings: [warning] }));
    expect(cause.code).toBe('address_not_answering');
    expect(cause.message).toContain(
      'Connection refused (penstock saw before: of the addresses of a.example.com, 192.0.2.1',
    );
  });

  it('has nothing to do with other failures', () => {
    const cause = classify(
      failed(refusal({ type: `${URN}serverInternal`, detail: 'x' }), { stage: 'order', warnings: [warning] }),
    );
    expect(cause.message).not.toContain('penstock saw');
  });
});

describe('an error without a problem document', () => {
  const network = (code: string, message = 'raw words') => {
    const socket = Object.assign(new Error(message), { code });
    const wrapped = new Error('request failed', { cause: new AggregateError([socket]) });
    return new AuthorityError('down', {
      kind: 'network',
      url: AUTHORITY,
      status: 0,
      problem: null,
      retryAfterMs: 0,
      cause: wrapped,
    });
  };

  it.each([
    ['ECONNREFUSED', 'authority_down', 'acme-v02.api.letsencrypt.org cannot be reached: connection refused'],
    ['ETIMEDOUT', 'authority_down', 'no answer in time'],
    ['ENOTFOUND', 'authority_down', 'DNS does not know the name'],
    ['EAI_AGAIN', 'authority_down', 'DNS does not answer'],
    ['SOMETHING', 'authority_down', 'raw words'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'authority_untrusted', 'raw words'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'authority_untrusted', 'raw words'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'authority_untrusted', 'raw words'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'authority_untrusted', 'raw words'],
  ])('%s → %s', (code, cause, words) => {
    const found = classify(failed(network(code), { stage: 'order' }));
    expect(found).toMatchObject({ code: cause, stage: 'order', refuted: false });
    expect(found.message).toContain(words);
  });

  it.each([
    ['CERT_NOT_YET_VALID', false, 'clock_off', 'is not valid yet'],
    ['CERT_NOT_YET_VALID', true, 'clock_off', 'is not valid yet'],
    ['CERT_HAS_EXPIRED', true, 'clock_off', 'has expired'],
    ['CERT_HAS_EXPIRED', false, 'authority_untrusted', 'raw words'],
  ])('%s of an authority that everybody trusts (%s) → %s', (code, isPublic, cause, words) => {
    const found = classify(failed(network(code), { stage: 'before_order', isPublic }));
    expect(found).toMatchObject({ code: cause, stage: 'before_order' });
    expect(found.message).toContain(words);
  });

  it.each([
    [503, 'authority_down'],
    [429, 'rate_limited'],
    [404, 'authority_error'],
  ])('an answer with status %i is %s', (status, code) => {
    const error = new AuthorityError('no ACME', {
      kind: 'answer',
      url: AUTHORITY,
      status,
      problem: null,
      retryAfterMs: HOUR,
    });
    expect(classify(failed(error, { stage: 'order' }))).toMatchObject({ code, untilMs: NOW + HOUR });
  });

  it.each([
    [
      new PenstockError('PENSTOCK_STATE_UNWRITABLE', 'cannot write /x'),
      'store_unwritable',
      'store',
      'cannot write /x',
    ],
    [new PenstockError('PENSTOCK_DNS_FAILED', 'TXT of x: SERVFAIL'), 'dns_failure', 'challenge', 'SERVFAIL'],
    [
      new PenstockError('PENSTOCK_CHALLENGE_FAILED', 'the token is refused', {
        detail: { code: 'dns_credentials', waitMs: 0 },
      }),
      'dns_credentials',
      'challenge',
      'the token is refused',
    ],
    [new PenstockError('PENSTOCK_CHALLENGE_FAILED', 'odd'), 'unknown', 'challenge', 'odd'],
    [Object.assign(new Error('bad chain'), { code: 'chain_wrong' }), 'chain_wrong', 'challenge', 'bad chain'],
    [new TypeError('x is not a function'), 'unknown', 'challenge', 'x is not a function'],
    ['thrown text', 'unknown', 'challenge', 'thrown text'],
  ])('of penstock itself: %s → %s', (error, code, stage, words) => {
    const cause = classify(failed(error));
    expect(cause).toMatchObject({ code, stage });
    expect(cause.message).toContain(words);
    expect(cause.remedy).not.toBe('');
  });

  it('waits as the DNS provider asks', () => {
    const error = new PenstockError('PENSTOCK_CHALLENGE_FAILED', 'slow down', {
      detail: { code: 'dns_provider', waitMs: HOUR },
    });
    expect(classify(failed(error))).toMatchObject({
      code: 'dns_provider',
      untilMs: NOW + HOUR,
      refuted: false,
    });
  });
});

describe('a wrong clock', () => {
  it.each([
    [301_000, 'the clock of this machine is 5 min behind that of acme-v02.api.letsencrypt.org'],
    [-3 * 86_400_000, 'the clock of this machine is 3 d ahead of that of acme-v02.api.letsencrypt.org'],
  ])('stands before everything else: %i ms', (clockSkewMs, message) => {
    const error = refusal({ type: `${URN}caa`, detail: 'x' });
    expect(classify(failed(error, { clockSkewMs }))).toMatchObject({ code: 'clock_off', message });
  });

  it.each([null, 0, 300_000, -300_000])('is none with %s ms', (clockSkewMs) => {
    const error = refusal({ type: `${URN}caa`, detail: 'x' });
    expect(classify(failed(error, { clockSkewMs })).code).toBe('caa_forbids');
  });
});
