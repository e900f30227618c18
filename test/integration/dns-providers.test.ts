/** The DNS providers over HTTP, each against a server that behaves as its API's documentation says (test/support/dns-apis). */

import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { AcmeDnsDraft } from '../../src/primary/certs/acme/acme-draft.ts';
import { challengeProblemOf } from '../../src/primary/certs/acme/challenge/challenge-problem.ts';
import { makeProvider } from '../../src/primary/certs/acme/challenge/dns-providers/make-provider.ts';
import type { DnsProvider } from '../../src/primary/certs/acme/challenge/dns-providers/provider.ts';
import { ApiBed, type DnsApi, zoneId } from '../support/dns-apis/api-bed.ts';
import { CLOUDFLARE_TOKEN, cloudflareApi } from '../support/dns-apis/cloudflare-api.ts';
import { DIGITALOCEAN_TOKEN, digitalOceanApi } from '../support/dns-apis/digitalocean-api.ts';
import { HETZNER_TOKEN, hetznerApi } from '../support/dns-apis/hetzner-api.ts';
import { HOSTINGER_TOKEN, hostingerApi } from '../support/dns-apis/hostinger-api.ts';
import { ROUTE53_SECRET, ROUTE53_SESSION, route53Api } from '../support/dns-apis/route53-api.ts';
import { within } from '../support/wait-for.ts';

const APIS: readonly (readonly [string, DnsApi, string])[] = [
  ['cloudflare', cloudflareApi, CLOUDFLARE_TOKEN],
  ['digitalocean', digitalOceanApi, DIGITALOCEAN_TOKEN],
  ['hetzner', hetznerApi, HETZNER_TOKEN],
  ['hostinger', hostingerApi, HOSTINGER_TOKEN],
  ['route53', route53Api, ROUTE53_SECRET],
];
const signal = new AbortController().signal;
// All tests run at once, with this one.
setMaxListeners(0, signal);
const NAME = '_acme-challenge.www.example.com';
const RELATIVE = '_acme-challenge.www';

interface Ground {
  readonly bed: ApiBed;
  readonly provider: DnsProvider;
  /** Those of `NAME`, sorted. */
  readonly values: () => readonly string[];
}

/** A test with a server of its own: they wait more than they work. */
function test(title: string, api: DnsApi, secret: string, body: (ground: Ground) => Promise<void>): void {
  it.concurrent(title, async () => {
    const bed = await ApiBed.open(api);
    bed.zones.set('example.com', new Map());
    const values = (): readonly string[] => [...bed.values('example.com', RELATIVE)].sort();
    await body({ bed, provider: api.make(bed, secret), values }).finally(() => bed.close());
  });
}

describe.concurrent.each(APIS)('%s', (_, api, secret) => {
  const stored = (...list: readonly string[]): readonly string[] => list.map(api.stored).sort();
  /** Its code, and its message; what it said is never a credential. */
  const problem = async (
    promise: Promise<unknown>,
  ): Promise<{ code: string | undefined; message: string; waitMs: number | undefined }> => {
    const error = await promise.then(
      () => new Error('no error'),
      (reason) => reason,
    );
    expect(error.message).not.toContain(secret);
    return {
      code: challengeProblemOf(error)?.code,
      message: error.message,
      waitMs: challengeProblemOf(error)?.waitMs,
    };
  };

  test(
    'adds a value and deletes it, once however often it is asked',
    api,
    secret,
    async ({ bed, provider, values }) => {
      await provider.present(NAME, 'one', signal);
      await provider.present(NAME, 'one', signal);
      for (const { headers } of bed.requests) expect(headers['user-agent']).toMatch(/^penstock\/\d/);
      expect(values()).toEqual(stored('one'));
      await provider.cleanUp(NAME, 'one', signal);
      await provider.cleanUp(NAME, 'one', signal);
      expect(values()).toEqual([]);
    },
  );

  test(
    'leaves the other values of a name alone, several at once',
    api,
    secret,
    async ({ bed, provider, values }) => {
      bed.values('example.com', RELATIVE).push(...stored('of-others'));
      const own = ['a', 'b', 'c'];
      await Promise.all(own.map((value) => provider.present(NAME, value, signal)));
      expect(values()).toEqual(stored('a', 'b', 'c', 'of-others'));
      await Promise.all([...own, 'never-written'].map((value) => provider.cleanUp(NAME, value, signal)));
      expect(values()).toEqual(stored('of-others'));
    },
  );

  test('writes at the top of a zone, and into the nearest zone', api, secret, async ({ bed, provider }) => {
    bed.zones.set('sub.example.com', new Map());
    await provider.present('example.com', 'top', signal);
    await provider.present('_acme-challenge.a.sub.example.com', 'near', signal);
    expect(bed.values('example.com', '@')).toEqual(stored('top'));
    expect(bed.values('sub.example.com', '_acme-challenge.a')).toEqual(stored('near'));
  });

  if (api.pageSize !== null)
    test('reads every page', api, secret, async ({ bed, provider, values }) => {
      const others = Array.from({ length: 2 * (api.pageSize ?? 0) }, (_each, i) => `other-${i}`);
      bed.values('example.com', RELATIVE).push(...stored(...others), ...stored('last'));
      await provider.cleanUp(NAME, 'last', signal);
      expect(values()).toEqual(stored(...others));
    });

  test('leaves nothing behind where an answer was lost', api, secret, async ({ bed, provider, values }) => {
    bed.losesNextChange = true;
    await provider.present(NAME, 'half', signal);
    bed.losesNextChange = true;
    await provider.cleanUp(NAME, 'half', signal);
    expect(values()).toEqual([]);
  });

  test('says which credentials are refused', api, secret, async ({ bed }) => {
    for (const wrong of ['wrong-token-9876543210', 'broken\ntoken']) {
      const { code, message } = await problem(api.make(bed, wrong).present(NAME, 'v', signal));
      expect(code).toBe('dns_credentials');
      expect(message).toMatch(/api_token|access_key_id/);
      expect(message).not.toContain(wrong);
    }
  });

  test('says which zones it looked for', api, secret, async ({ bed, provider, values }) => {
    bed.zones.clear();
    const { code, message } = await problem(provider.present(NAME, 'v', signal));
    expect(code).toBe('dns_zone_missing');
    expect(message).toContain('example.com');
    expect(values).toThrow('no zone');
  });

  test('tries again what fails for a while', api, secret, async ({ bed, provider, values }) => {
    const soon = { 'retry-after': '0' };
    bed.faults.push(null, { status: 429, headers: soon }, { status: 503, headers: soon });
    await provider.present(NAME, 'v', signal);
    expect(values()).toEqual(stored('v'));
  });

  test(
    'gives a long wait back, and a refusal in the words of the API, without a secret in them',
    api,
    secret,
    async ({ bed, provider }) => {
      for (const [seconds, waitMs] of [
        [3_600, 3_600_000],
        [1e9 - 1, 86_400_000],
      ]) {
        bed.faults.push({ status: 429, headers: { 'retry-after': String(seconds) } });
        const { code, waitMs: wait } = await problem(provider.present(NAME, 'v', signal));
        expect({ code, wait }).toEqual({ code: 'dns_provider', wait: waitMs });
      }
      const words = `bad \u001b[31m ${secret}`;
      const body =
        api.name === 'route53'
          ? `<ErrorResponse><Error><Code>InvalidInput</Code><Message>${words}</Message></Error></ErrorResponse>`
          : { message: words, errors: [{ code: 1, message: words }], error: { code: 'c', message: words } };
      bed.faults.push({ status: 400, body });
      const { code, message } = await problem(provider.present(NAME, 'v', signal));
      expect(code).toBe('dns_provider');
      expect(message).toMatch(/\(status 400: .*bad \[31m \[secret\]/);
    },
  );

  test('follows no redirect', api, secret, async ({ bed, provider }) => {
    bed.faults.push({ status: 302, headers: { location: `${bed.url}/elsewhere` } });
    expect((await problem(provider.present(NAME, 'v', signal))).code).toBe('dns_provider');
    expect(bed.requests).toHaveLength(1);
  });

  test('ends with the signal', api, secret, async ({ bed, provider }) => {
    const controller = new AbortController();
    bed.faults.push({ status: 503, headers: { 'retry-after': '30' } });
    const presented = provider.present(NAME, 'v', controller.signal);
    setTimeout(() => controller.abort(new Error('no longer wanted')), 50);
    await expect(within(presented, { what: 'the end', timeoutMs: 1_000 })).rejects.toThrow(
      'no longer wanted',
    );
  });
});

describe.concurrent('what one API has alone', () => {
  test(
    'route53 loses no value that somebody else writes at the same time',
    route53Api,
    ROUTE53_SECRET,
    async ({ bed, values }) => {
      // Two providers know nothing of each other, as two machines.
      const all = ['a', 'b', 'c'];
      await Promise.all(
        all.map((value) => route53Api.make(bed, ROUTE53_SECRET).present(NAME, value, signal)),
      );
      expect(values()).toEqual(all.map(route53Api.stored));
    },
  );

  test(
    'route53 tries again what it refuses while a change is under way',
    route53Api,
    ROUTE53_SECRET,
    async ({ bed, provider, values }) => {
      const body = '<ErrorResponse><Error><Code>PriorRequestNotComplete</Code></Error></ErrorResponse>';
      bed.faults.push({ status: 400, headers: { 'retry-after': '0' }, body });
      await provider.present(NAME, 'v', signal);
      expect(values()).toEqual(['"v"']);
    },
  );

  test(
    'route53 changes a zone for one name after the other',
    route53Api,
    ROUTE53_SECRET,
    async ({ bed, provider }) => {
      await Promise.all(['a', 'b', 'c'].map((name) => provider.present(`${name}.example.com`, 'v', signal)));
      const sets = bed.requests.filter(({ path }) => path.endsWith('/rrset'));
      expect(sets.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'POST', 'GET', 'POST']);
    },
  );

  test(
    'route53 looks for no zone where it is given one',
    route53Api,
    ROUTE53_SECRET,
    async ({ bed, values }) => {
      const draft: AcmeDnsDraft = {
        provider: 'route53',
        credentials: {
          access_key_id: 'AKIDEXAMPLE',
          secret_access_key: ROUTE53_SECRET,
          session_token: ROUTE53_SESSION,
          hosted_zone_id: `/hostedzone/${zoneId('example.com')}`,
          endpoint: `${bed.url}/`,
        },
        resolvers: [],
        propagationTimeoutMs: 0,
      };
      await makeProvider(draft).present(NAME, 'v', signal);
      expect(values()).toEqual(['"v"']);
      expect(bed.requests.some(({ path }) => path.includes('hostedzonesbyname'))).toBe(false);
    },
  );

  test(
    'hetzner tries again what another change is in the way of, and tells why an action failed',
    hetznerApi,
    HETZNER_TOKEN,
    async ({ bed, provider, values }) => {
      bed.faults.push({
        status: 409,
        headers: { 'retry-after': '0' },
        body: { error: { code: 'conflict' } },
      });
      await provider.present(NAME, 'v', signal);
      expect(values()).toEqual(['"v"']);
      const zone = { status: 200, body: { zone: {} } };
      const set = { status: 404, body: { error: { code: 'not_found' } } };
      const message = `Action\n \u001b[31mfailed ${HETZNER_TOKEN}`;
      const action = { id: 7, status: 'error', error: { code: 'action_failed', message } };
      // The zone of the name itself, its set, the action.
      bed.faults.push(zone, set, { status: 201, body: { action } });
      await expect(provider.present(NAME, 'w', signal)).rejects.toThrow(
        /to add the TXT record .*: Action \[31mfailed \[secret\]$/,
      );
    },
  );
});
