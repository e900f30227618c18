import { describe, expect, it } from 'vitest';
import { judgeProbes } from '../../../../../../src/primary/certs/acme/diagnosis/judge-probes.ts';
import {
  isPublicAddress,
  ownAddresses,
} from '../../../../../../src/primary/certs/acme/diagnosis/own-addresses.ts';
import type { ProbeOutcome } from '../../../../../../src/primary/certs/acme/diagnosis/probe.ts';

const HOST = 'a.example.com';
const OURS: ProbeOutcome = { kind: 'ours' };
const SILENT: ProbeOutcome = { kind: 'unreachable', said: 'connection refused' };
const WRONG: ProbeOutcome = { kind: 'wrong', said: 'status 404' };
const REDIRECT: ProbeOutcome = { kind: 'redirect', to: 'https://b.example/', said: 'connection refused' };

const FOUR = '198.51.100.7';
const OTHER = '192.0.2.1';
const SIX = '2001:db8::1';
/** Behind address translation, with a public IPv4 address, and with both. */
const NAT = ['127.0.0.1', '10.0.0.2'];
const PUBLIC = ['127.0.0.1', FOUR];
const BOTH = [...PUBLIC, '2001:db8::7'];

const judge = (own: readonly string[], ...outcomes: readonly (readonly [string, ProbeOutcome])[]) =>
  judgeProbes(
    HOST,
    outcomes.map(([address, outcome]) => ({ address, outcome })),
    own,
  );

describe('judgeProbes', () => {
  it('has nothing to say where our answer comes back from everywhere', () => {
    expect(judge(NAT, [FOUR, OURS], [SIX, OURS])).toEqual({ stop: null, warnings: [] });
    expect(judge(NAT)).toEqual({ stop: null, warnings: [] });
  });

  it.each([
    [
      'nothing answers, as of itself behind address translation',
      NAT,
      [[FOUR, SILENT]],
      'port_80_unreachable',
    ],
    ['nothing answers at its own address', PUBLIC, [[FOUR, SILENT]], 'port_80_unreachable'],
    [
      'one of several is silent',
      PUBLIC,
      [
        [FOUR, OURS],
        [SIX, SILENT],
      ],
      'address_not_answering',
    ],
    ['the router may have answered', NAT, [[FOUR, WRONG]], 'wrong_answer'],
    ['the router may have redirected', NAT, [[FOUR, REDIRECT]], 'tls_redirect_broken'],
    [
      'it has no IPv6 of its own',
      PUBLIC,
      [
        [FOUR, OURS],
        [SIX, WRONG],
      ],
      'wrong_answer',
    ],
  ] as const)('only warns where %s', (_, own, outcomes, code) => {
    expect(judge(own, ...outcomes)).toMatchObject({
      stop: null,
      warnings: [{ code, stage: 'before_order' }],
    });
  });

  it.each([
    ['something else answers at its own address', PUBLIC, [[FOUR, WRONG]], 'wrong_answer'],
    ['something else answers on loopback', NAT, [['127.0.0.1', WRONG]], 'wrong_answer'],
    [
      'one of several addresses is of another machine',
      BOTH,
      [
        [FOUR, OURS],
        [SIX, WRONG],
      ],
      'wrong_answer',
    ],
    ['another machine answers', PUBLIC, [[OTHER, WRONG]], 'resolves_elsewhere'],
    ['another machine redirects', PUBLIC, [[OTHER, REDIRECT]], 'tls_redirect_broken'],
    [
      'what is certain is beside what is not',
      PUBLIC,
      [
        [SIX, REDIRECT],
        [FOUR, WRONG],
      ],
      'wrong_answer',
    ],
    [
      'something else answers, and another address is silent',
      PUBLIC,
      [
        [SIX, SILENT],
        [FOUR, WRONG],
      ],
      'wrong_answer',
    ],
  ] as const)('stops where %s', (_, own, outcomes, code) => {
    expect(judge(own, ...outcomes)).toMatchObject({ stop: { code, stage: 'before_order' }, warnings: [] });
  });

  it('names addresses, and what was said there', () => {
    expect(judge(PUBLIC, [OTHER, WRONG]).stop?.message).toBe(
      'a.example.com resolves to 192.0.2.1, and this machine has 198.51.100.7: 192.0.2.1: status 404',
    );
    expect(judge(BOTH, [FOUR, OURS], [SIX, SILENT]).warnings[0]?.message).toBe(
      'of the addresses of a.example.com, 198.51.100.7 leads here, but not all: 2001:db8::1: connection refused',
    );
    expect(judge(NAT, [FOUR, SILENT], [SIX, SILENT]).warnings[0]?.message).toBe(
      'port 80 of a.example.com cannot be reached: 198.51.100.7: connection refused; 2001:db8::1: connection refused',
    );
    expect(judge(NAT, [FOUR, REDIRECT]).warnings[0]?.message).toBe(
      'port 80 of a.example.com redirects to https://b.example/, and that does not work: connection refused',
    );
  });
});

describe('own addresses', () => {
  it('has those of loopback', () => {
    expect(ownAddresses()).toContain('127.0.0.1');
  });

  it.each([
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['172.31.0.1', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.1.1', false],
    ['224.0.0.1', false],
    ['198.51.100.7', true],
    ['::1', false],
    ['::', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['2001:db8::1', true],
  ])('%s is public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
