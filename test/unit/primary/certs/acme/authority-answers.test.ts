/** What an authority sends is looked at with suspicion: problem documents, resources, and Retry-After. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AuthorityError,
  isProblem,
  problemText,
  readProblem,
} from '../../../../../src/primary/certs/acme/authority-error.ts';
import {
  readAuthorization,
  readDirectory,
  readOrder,
  readRenewalWindow,
} from '../../../../../src/primary/certs/acme/authority-resources.ts';
import { retryAfterMs } from '../../../../../src/primary/certs/acme/authority-transport.ts';
import { directoryId } from '../../../../../src/primary/certs/acme/directory-id.ts';

const SOURCE = { url: 'https://authority.example/x', status: 200 };
const NOW = Date.parse('2026-03-01T00:00:00Z');
const URN = 'urn:ietf:params:acme:error:';

describe('problem documents (RFC 8555 section 6.7)', () => {
  it('are kept whole, subproblems with their names', () => {
    const value = {
      type: `${URN}malformed`,
      detail: 'Some of the identifiers are bad',
      status: 400,
      subproblems: [
        {
          type: `${URN}rejectedIdentifier`,
          detail: 'policy forbids it',
          identifier: { type: 'dns', value: 'a.example' },
        },
      ],
    };
    const problem = readProblem(value, 403);
    expect(problem).toMatchObject({
      type: `${URN}malformed`,
      status: 400,
      subproblems: [{ identifier: 'a.example' }],
    });
    expect(problem === null ? '' : problemText(problem)).toBe(
      'Some of the identifiers are bad; a.example: policy forbids it',
    );
  });

  it('are told by their type', () => {
    const problem = readProblem({ type: `${URN}rateLimited`, detail: 'too many' }, 429);
    const error = new AuthorityError('', { kind: 'problem', url: '', status: 429, problem, retryAfterMs: 0 });
    expect(isProblem(error, 'malformed', 'rateLimited')).toBe(true);
    expect(isProblem(error, 'malformed')).toBe(false);
    expect(isProblem(new Error('rateLimited'), 'rateLimited')).toBe(false);
  });

  it('cannot bring control characters or megabytes into a log', () => {
    const problem = readProblem({ type: 'x', detail: `a\r\n\u001b[31mb\u0000${'c'.repeat(1_000_000)}` }, 400);
    expect(problem?.detail).toMatch(/^a \[31mb c+$/);
    expect(problem?.detail.length).toBeLessThanOrEqual(2_000);
  });

  it.each([[null], [[]], ['text'], [{}], [{ type: 7 }]])('%j is none', (value) => {
    expect(readProblem(value, 400)).toBeNull();
  });
});

describe('resources of an authority', () => {
  const directory = {
    newNonce: 'https://a.example/n',
    newAccount: 'https://a.example/a',
    newOrder: 'https://a.example/o',
  };

  it('reads a directory', () => {
    const meta = { caaIdentities: ['a.example', 7], externalAccountRequired: true };
    expect(readDirectory({ ...directory, meta, renewalInfo: 'https://a.example/r' }, SOURCE)).toMatchObject({
      ...directory,
      renewalInfo: 'https://a.example/r',
      caaIdentities: ['a.example'],
      externalAccountRequired: true,
      termsOfService: null,
    });
  });

  it('offers no challenge whose token could be a path', () => {
    const challenge = (token: string) => ({
      type: 'http-01',
      url: 'https://a.example/c',
      status: 'pending',
      token,
    });
    const data = {
      status: 'pending',
      identifier: { type: 'dns', value: 'A.example' },
      challenges: [challenge('../../etc/passwd'), challenge('good_token-1'), { type: 'new-01' }, null],
    };
    const { host, challenges } = readAuthorization(data, SOURCE);
    expect([host, challenges.map(({ token }) => token)]).toEqual(['a.example', ['good_token-1']]);
  });

  it.each([
    ['a page', () => readDirectory('<html>', SOURCE)],
    ['a directory without newOrder', () => readDirectory({ ...directory, newOrder: undefined }, SOURCE)],
    [
      'an order in a state of its own',
      () => readOrder('u', { status: 'baking', finalize: 'https://a.example/f' }, SOURCE),
    ],
    ['an order that cannot be finalised', () => readOrder('u', { status: 'ready' }, SOURCE)],
    ['an authorization without a state', () => readAuthorization({}, SOURCE)],
    [
      'a window that ends before it begins',
      () =>
        readRenewalWindow(
          { suggestedWindow: { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' } },
          SOURCE,
        ),
    ],
  ])('%s is no such thing', (_, read) => {
    expect(read).toThrow(AuthorityError);
    expect(read).toThrow(/is it an ACME authority/);
  });

  it('throws nothing else, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const read of [readDirectory, readAuthorization, readRenewalWindow, readOrder.bind(null, 'u')]) {
          try {
            read(value, SOURCE);
          } catch (error) {
            expect(error).toBeInstanceOf(AuthorityError);
          }
        }
      }),
    );
  });
});

describe('Retry-After (RFC 9110 section 10.2.3)', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['a date', 'Sun, 01 Mar 2026 01:00:00 GMT', 3_600_000],
    ['a date that is over', 'Sun, 01 Mar 2020 01:00:00 GMT', 0],
    ['no sense', 'soon', 0],
    ['years', '999999999', 7 * 86_400_000],
  ])('as %s', (_, text, ms) => {
    expect(retryAfterMs({ 'retry-after': text }, NOW)).toBe(ms);
  });

  it('is not there', () => {
    expect(retryAfterMs({}, NOW)).toBe(0);
  });
});

describe('directoryId', () => {
  it.each([
    ['https://acme-v02.api.letsencrypt.org/directory', /^acme-v02\.api\.letsencrypt\.org-[0-9a-f]{8}$/],
    ['https://[::1]:14000/dir', /^1-[0-9a-f]{8}$/],
  ])('of %s', (url, id) => {
    expect(directoryId(url)).toMatch(id);
  });

  it('tells directories of one host apart', () => {
    expect(directoryId('https://a.example/1')).not.toBe(directoryId('https://a.example/2'));
  });
});
