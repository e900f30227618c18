import { describe, expect, it } from 'vitest';
import type { AdminRequest } from '../../../../src/primary/admin/admin-request.ts';
import { type Guard, refusal } from '../../../../src/primary/admin/guard.ts';
import { adminRequest } from '../../../support/ask-admin.ts';

const open: Guard = { token: null, configuredHost: '127.0.0.1' };
const locked: Guard = { token: 'correct horse', configuredHost: '' };

const statusOf = (changes: Partial<AdminRequest>, guard: Guard): number | null =>
  refusal(adminRequest(changes), guard)?.status ?? null;

describe('guard with a token', () => {
  const guard: Guard = { ...locked, token: 's3cret-token' };

  it.each(['Bearer s3cret-token', 'bearer s3cret-token', 'Bearer   s3cret-token '])(
    'accepts %j',
    (authorization) => {
      expect(statusOf({ authorization }, guard)).toBeNull();
    },
  );

  it.each([
    'Bearer wrong',
    'Bearer s3cret-toke',
    'Bearer s3cret-token2',
    'Basic s3cret-token',
    's3cret-token',
    'Bearer',
    '',
    null,
  ])('refuses %j with 401', (authorization) => {
    const answer = refusal(adminRequest({ authorization }), guard);
    expect(answer?.status).toBe(401);
    expect(answer?.headers['www-authenticate']).toMatch(/^Bearer realm="penstock"/);
    expect(String(answer?.body)).not.toContain('s3cret');
  });

  it('takes any Host and Origin', () => {
    const authorization = 'Bearer s3cret-token';
    expect(
      statusOf({ authorization, host: 'admin.example.com', method: 'POST', origin: 'https://x' }, guard),
    ).toBeNull();
  });
});

describe('guard without a token', () => {
  it.each([
    '127.0.0.1:9180',
    '127.9.9.9',
    'localhost',
    'LOCALHOST:9180',
    'localhost.',
    'a.localhost:1',
    '[::1]:9180',
  ])('accepts Host %s', (host) => {
    expect(statusOf({ host }, open)).toBeNull();
  });

  it('accepts the configured name', () => {
    expect(
      statusOf({ host: 'box.internal:9180' }, { token: null, configuredHost: 'Box.internal' }),
    ).toBeNull();
  });

  it.each([
    'evil.example.com',
    '127.0.0.1.evil.example.com',
    'evil.example.com:9180',
    'localhost.evil.example.com',
    '10.0.0.1',
    '127.evil.example.com',
    'x@127.0.0.1',
    '[::2]',
    '',
  ])('refuses Host %j (DNS rebinding)', (host) => {
    expect(statusOf({ host }, open)).toBe(403);
  });

  it('refuses an empty Host also where every interface is listened on', () => {
    expect(statusOf({ host: '' }, { token: null, configuredHost: '' })).toBe(403);
  });

  it.each(['https://evil.example.com', 'null', 'http://127.0.0.1:8080', 'https://127.0.0.1:9180'])(
    'refuses a POST of origin %s',
    (origin) => {
      expect(statusOf({ method: 'POST', origin }, open)).toBe(403);
    },
  );

  it('accepts a POST of its own origin, of no origin, and any GET', () => {
    expect(statusOf({ method: 'POST', origin: 'http://127.0.0.1:9180' }, open)).toBeNull();
    expect(statusOf({ method: 'POST' }, open)).toBeNull();
    expect(statusOf({ origin: 'https://evil.example.com' }, open)).toBeNull();
  });
});
