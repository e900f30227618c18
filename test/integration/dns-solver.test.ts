/** The dns-01 solver and the rfc2136 provider against BIND: records written, seen at every name server, taken away. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import type { AcmeDnsDraft } from '../../src/primary/certs/acme/acme-draft.ts';
import { challengeProblemOf } from '../../src/primary/certs/acme/challenge/challenge-problem.ts';
import { makeProvider } from '../../src/primary/certs/acme/challenge/dns-providers/make-provider.ts';
import type { DnsProvider } from '../../src/primary/certs/acme/challenge/dns-providers/provider.ts';
import { DnsSolver, makeDnsSolver } from '../../src/primary/certs/acme/challenge/dns-solver.ts';
import type { Challenge } from '../../src/primary/certs/acme/challenge/solver.ts';
import { DnsClient } from '../../src/primary/dns/dns-client.ts';
import { type Bind, startBind } from '../support/bind.ts';
import { requireProgram } from '../support/programs.ts';
import { startUdpRelay, type UdpRelay } from '../support/udp-relay.ts';
import { waitFor, within } from '../support/wait-for.ts';

const KEY = { algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 'key').toString('base64') };
const ALGORITHMS = ['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];
const KEYS = {
  penstock: KEY,
  stranger: { algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 'other').toString('base64') },
  ...Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, { algorithm, secret: KEY.secret }])),
};
const signal = new AbortController().signal;

requireProgram('named')('dns-01 with BIND', () => {
  let first: Bind;
  let second: Bind;
  let relay: UdpRelay;
  let credentials: Record<string, string>;
  let challenges = 0;

  beforeAll(async () => {
    const updatedBy = ['penstock', ...ALGORITHMS];
    [first, second] = await Promise.all([
      startBind({
        keys: KEYS,
        zones: {
          'one.test': {
            updatedBy,
            records: `
              _acme-challenge.away CNAME away.deep.delegated.test.
              _acme-challenge.loop CNAME _acme-challenge.loop
              *.wild CNAME lb.elsewhere.test.`,
          },
          'delegated.test': { updatedBy, records: '' },
          'two.test': { updatedBy, nameServers: ['ns', 'ns2'], records: 'ns2 A 127.0.0.2' },
          'half.test': {
            updatedBy,
            nameServers: ['ns', 'ns3', 'nowhere.elsewhere.test.'],
            records: 'ns3 A 127.0.0.3',
          },
          'dark.test': { updatedBy, nameServers: ['ns3'], records: 'ns3 A 127.0.0.3' },
          'closed.test': { records: '' },
        },
      }),
      startBind({ keys: KEYS, zones: { 'two.test': { updatedBy, records: '' } } }),
    ]);
    // The second one answers at another address and the same port, as name servers do.
    relay = await startUdpRelay('127.0.0.2', first.port, second.port);
    credentials = { server: first.server, key_name: 'penstock', key_secret: KEY.secret };
  });
  afterAll(async () => {
    relay.close();
    await Promise.all([first.stop(), second.stop()]);
  });

  const draft = (facts: Record<string, string> = {}, propagationTimeoutMs = 10_000): AcmeDnsDraft => ({
    provider: 'rfc2136',
    credentials: { ...credentials, ...facts },
    resolvers: [first.server],
    propagationTimeoutMs,
  });
  const provider = (facts: Record<string, string> = {}): DnsProvider => makeProvider(draft(facts));
  const solver = (propagationTimeoutMs = 10_000): DnsSolver =>
    new DnsSolver({
      dns: new DnsClient([first.server]),
      provider: provider(),
      propagationTimeoutMs,
      authoritativePort: first.port,
    });
  const challenge = (host: string): Challenge => {
    const dnsValue = `value-${++challenges}`;
    return { host, token: 'token', keyAuthorization: 'token.thumbprint', dnsValue };
  };
  const problem = (promise: Promise<unknown>): Promise<{ code: string | undefined; message: string }> =>
    promise.then(
      () => ({ code: 'none', message: '' }),
      (error) => ({ code: challengeProblemOf(error)?.code, message: error.message }),
    );

  describe('rfc2136', () => {
    it.each(ALGORITHMS)('signs with %s', async (key_algorithm) => {
      const own = provider({ key_name: key_algorithm, key_algorithm, key_secret: KEY.secret });
      await own.present(`${key_algorithm}.one.test`, 'v', signal);
      expect(await first.txt(`${key_algorithm}.one.test`)).toEqual(['v']);
    });

    it('adds and deletes one value of several, again and again, with either key', async () => {
      const name = '_acme-challenge.several.one.test';
      const other = provider({ key_name: 'hmac-sha512', key_algorithm: 'HMAC-SHA512.' });
      await provider().present(name, 'a', signal);
      await provider().present(name, 'a', signal);
      await other.present(name, 'b', signal);
      expect(await first.txt(name)).toEqual(['a', 'b']);
      await other.cleanUp(name, 'a', signal);
      await provider().cleanUp(name, 'a', signal);
      expect(await first.txt(name)).toEqual(['b']);
      await provider().cleanUp(name, 'b', signal);
      expect(await first.txt(name)).toEqual([]);
    });

    it('takes the zone that it is given', async () => {
      const { code, message } = await problem(
        provider({ zone: 'two.test' }).present('a.one.test', 'v', signal),
      );
      expect(code).toBe('dns_zone_missing');
      expect(message).toContain('a.one.test in the zone two.test: NOTZONE');
      await provider({ zone: 'one.test.' }).present('given.one.test', 'v', signal);
      expect(await first.txt('given.one.test')).toEqual(['v']);
    });

    it.each([
      [
        'a wrong secret',
        { key_secret: KEYS.stranger.secret },
        'one.test',
        'dns_credentials',
        'BADSIG: key_secret is wrong',
      ],
      ['a key of another name', { key_name: 'unknown' }, 'one.test', 'dns_credentials', 'BADKEY'],
      ['another algorithm', { key_algorithm: 'hmac-sha512' }, 'one.test', 'dns_credentials', 'BADKEY'],
      [
        'a key that may not',
        { key_name: 'stranger', key_secret: KEYS.stranger.secret },
        'one.test',
        'dns_credentials',
        'REFUSED',
      ],
      [
        'no key',
        { key_name: '', key_secret: '' },
        'one.test',
        'dns_credentials',
        'the update was not signed',
      ],
      [
        'a zone that takes no updates',
        {},
        'closed.test',
        'dns_credentials',
        'in the zone closed.test: REFUSED',
      ],
      [
        'a zone of others',
        { zone: 'foreign.test' },
        'foreign.test',
        'dns_zone_missing',
        'NOTAUTH: it is not the primary',
      ],
      [
        'a server that is not there',
        { server: '127.0.0.1:9', zone: 'one.test' },
        'one.test',
        'dns_provider',
        'ECONNREFUSED',
      ],
    ])('says so for %s', async (_, facts, zone, code, words) => {
      const found = await problem(provider(facts).present(`a.${zone}`, 'v', signal));
      expect(found).toEqual({ code, message: expect.stringContaining(words) });
      for (const { secret } of Object.values(KEYS)) expect(found.message).not.toContain(secret);
    });

    it('says so where the clocks differ', async () => {
      const late = makeProvider(draft(), {
        ...systemClock,
        epochMs: () => systemClock.epochMs() - 3_600_000,
      });
      expect(await problem(late.present('a.one.test', 'v', signal))).toEqual({
        code: 'dns_credentials',
        message: expect.stringContaining('BADTIME'),
      });
    });
  });

  it('answers a name and its wildcard at once, and takes each answer away by itself', async () => {
    const own = solver();
    const [base, wildcard] = [challenge('both.one.test'), challenge('both.one.test')];
    await Promise.all([own.present(base, signal), own.present(wildcard, signal)]);
    const name = '_acme-challenge.both.one.test';
    expect(await first.txt(name)).toEqual([base.dnsValue, wildcard.dnsValue].sort());
    await own.cleanUp(base);
    expect(await first.txt(name)).toEqual([wildcard.dnsValue]);
    await own.cleanUp(wildcard);
    await own.cleanUp(wildcard);
    await own.cleanUp(challenge('never.one.test'));
    expect(await first.txt(name)).toEqual([]);
  });

  it('writes where a CNAME leads, in another zone', async () => {
    const own = solver();
    const asked = challenge('away.one.test');
    await own.present(asked, signal);
    expect(await first.txt('away.deep.delegated.test')).toEqual([asked.dnsValue]);
    // Another process takes it away.
    await makeDnsSolver(draft()).cleanUp(asked);
    expect(await first.txt('away.deep.delegated.test')).toEqual([]);
  });

  it('follows no CNAME that comes from a wildcard', async () => {
    const asked = challenge('app.wild.one.test');
    await solver().present(asked, signal);
    expect(await first.txt('_acme-challenge.app.wild.one.test')).toEqual([asked.dnsValue]);
  });

  it('follows no CNAME in a circle', async () => {
    await expect(solver().present(challenge('loop.one.test'), signal)).rejects.toThrow('lead in a circle');
  });

  it('waits for a name server that is behind', async () => {
    const asked = challenge('slow.two.test');
    const name = '_acme-challenge.slow.two.test';
    let done = false;
    const presented = solver()
      .present(asked, signal)
      .then(() => {
        done = true;
      });
    await waitFor(async () => (await first.txt(name)).length > 0, { what: 'the record at the first server' });
    await waitFor(() => second.questions(name) > 0, { what: 'the question to the second server' });
    expect(done).toBe(false);
    await provider({ server: second.server }).present(name, asked.dnsValue, signal);
    await within(presented, { what: 'the solver to see the record' });
  });

  it('names the name servers that lack the record in the end', async () => {
    const asked = challenge('never.two.test');
    const { code, message } = await problem(solver(700).present(asked, signal));
    expect(code).toBe('dns_propagation');
    expect(message).toBe(
      `the TXT record _acme-challenge.never.two.test was written, but after 0.7 s it is not at every name server of two.test; without it: ns2.two.test (127.0.0.2:${first.port})`,
    );
  });

  it('does not wait for ever for a name server that does not answer', async () => {
    await solver().present(challenge('half.test'), signal);
    // Over after the first round: a server is silent for good after the third.
    const { code, message } = await problem(solver(1).present(challenge('short.half.test'), signal));
    expect([code, message]).toEqual([
      'dns_propagation',
      expect.stringContaining('nowhere.elsewhere.test (it has no address)'),
    ]);
  });

  it('asks the resolvers where no name server answers', async () => {
    await solver().present(challenge('dark.test'), signal);
    // They may remember that there was no record: after the time it goes on all the same.
    const nowhere = { present: async () => {}, cleanUp: async () => {} };
    const dns = new DnsClient([first.server]);
    const authoritativePort = first.port;
    const facts = { dns, provider: nowhere, propagationTimeoutMs: 600, authoritativePort };
    const begunMs = performance.now();
    await new DnsSolver(facts).present(challenge('unseen.dark.test'), signal);
    expect(performance.now() - begunMs).toBeGreaterThan(550);
    // Here a server does answer.
    expect((await problem(new DnsSolver(facts).present(challenge('one.test'), signal))).code).toBe(
      'dns_propagation',
    );
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const presented = solver().present(challenge('ended.two.test'), controller.signal);
    const name = '_acme-challenge.ended.two.test';
    await waitFor(() => second.questions(name) > 0, { what: 'the question to the second server' });
    controller.abort(new Error('no longer wanted'));
    await expect(within(presented, { what: 'the end', timeoutMs: 1_000 })).rejects.toThrow(
      'no longer wanted',
    );
  });
});
