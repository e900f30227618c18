import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../../src/bridge/snapshot/model.ts';
import type { Problem } from '../../../../src/kit/problem.ts';
import { planTls, type SelfSignedSource, type TlsPlan } from '../../../../src/primary/compile/plan-tls.ts';
import { tlsModes } from '../../../../src/primary/compile/tls-modes.ts';
import type { ConfigDraft } from '../../../../src/primary/draft.ts';
import { draftOf } from '../../../support/draft-of.ts';

const certificate = (id: string, hosts: readonly string[], more: Partial<Certificate> = {}): Certificate => ({
  id,
  hosts,
  chainPem: '',
  keyPem: '',
  notAfterMs: 1_000,
  source: 'manual',
  origin: { file: 'f', line: id.length, column: 1 },
  ...more,
});

/** Makes one for any host, and notes which were asked for. */
function selfSigned(): SelfSignedSource & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    certificateFor: (host) => {
      asked.push(host);
      return Promise.resolve(certificate(`self ${host}`, [host], { source: 'self_signed' }));
    },
    defaultCertificate: () => Promise.resolve(certificate('default', [], { source: 'default' })),
  };
}

interface Planned {
  /** Null where there are problems. */
  readonly plan: TlsPlan | null;
  /** What automatic certificates are to be obtained for, route by route. */
  readonly wanted: readonly (readonly string[])[] | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

async function planOf(
  draft: ConfigDraft,
  own: readonly Certificate[],
  source: SelfSignedSource = selfSigned(),
  automatic: ReadonlyMap<string, Certificate> = new Map(),
): Promise<Planned> {
  const { modes, problems, warnings } = tlsModes(draft, own);
  const plan = modes && (await planTls(draft.routes, modes, { own, automatic, selfSigned: source }));
  return { plan, wanted: modes?.wanted ?? null, problems, warnings };
}

const plan = (
  text: string,
  own: readonly Certificate[] = [],
  source?: SelfSignedSource,
  automatic?: ReadonlyMap<string, Certificate>,
): Promise<Planned> => planOf(draftOf(text), own, source, automatic);

/** Routes of these fields, each with a path of its own. */
const routes = (...fields: readonly string[]): string =>
  `routes:\n${fields.map((more, index) => `  - { path: /p${index}, respond: { status: 200 }, ${more} }\n`).join('')}`;

/** Validation wants the section to be there; what is in it, the tests say. */
const OWN = 'certificates: [{ cert_file: a.pem, key_file: a.key }]\n';

async function modesOf(
  text: string,
  own: readonly Certificate[] = [],
): Promise<readonly string[] | undefined> {
  const { plan: made, problems } = await plan(text, own);
  expect(problems).toEqual([]);
  return made?.modes;
}

describe('planTls: which route is served how', () => {
  it('manual where an own certificate covers every host, else off', async () => {
    const own = [certificate('a', ['a.test', '*.w.test'])];
    const text = routes(
      'host: a.test',
      'host: x.w.test',
      'host: w.test',
      'host: x.y.w.test',
      'host: [a.test, other.test]',
      'host: other.test',
      'methods: [GET]',
    );
    expect(await modesOf(text, own)).toEqual(['manual', 'manual', 'off', 'off', 'off', 'off', 'off']);
  });

  it('as the route says', async () => {
    const own = [certificate('a', ['a.test'])];
    const text = routes(
      'host: a.test, tls: off',
      'host: b.test, tls: self_signed',
      'host: a.test, tls: manual, methods: [GET]',
    );
    expect(await modesOf(OWN + text, own)).toEqual(['off', 'self_signed', 'manual']);
  });

  it('off, whatever there is, where https is off', async () => {
    const text = `listen: { https: off }\n${routes('host: a.test')}`;
    expect(await modesOf(text, [certificate('a', ['a.test'])])).toEqual(['off']);
  });
});

describe('planTls: whether https opens', () => {
  it.each([
    ['nothing needs it', routes('host: a.test'), [], false],
    ['a route needs it', routes('host: a.test, tls: self_signed'), [], true],
    ['there is an own certificate', routes('host: a.test'), [certificate('x', ['x.test'])], true],
    ['the file names it', `listen: { https: ":8443" }\n${routes('host: a.test')}`, [], true],
    ['it is off', `listen: { https: off }\n${routes('host: a.test')}`, [certificate('x', ['x.test'])], false],
  ] as const)('%s', async (_name, text, own, opens) => {
    const { plan: made } = await plan(text, own);
    expect(made?.opensHttps).toBe(opens);
    expect(made?.defaultCertificate?.id ?? null).toBe(opens ? 'default' : null);
  });
});

describe('planTls: which certificate a name gets', () => {
  it('one self-signed certificate a host, however many routes name it, and none where an own one is', async () => {
    const source = selfSigned();
    const text = routes(
      'host: [b.test, c.test], tls: self_signed',
      'host: b.test, tls: self_signed, methods: [GET]',
      'host: a.test, tls: self_signed',
    );
    const { plan: made } = await plan(text, [certificate('own', ['a.test'])], source);
    expect(source.asked).toEqual(['b.test', 'c.test']);
    expect(made?.certificates.map(({ id }) => id)).toEqual(['own', 'self b.test', 'self c.test']);
    expect(made?.serverNames).toEqual(
      new Map([
        ['a.test', 0],
        ['b.test', 1],
        ['c.test', 2],
      ]),
    );
  });

  it('of two own ones that which expires later, with a warning that names the other', async () => {
    const own = [
      certificate('a', ['x.test'], { notAfterMs: 1 }),
      certificate('bb', ['x.test'], { notAfterMs: 3 }),
      certificate('ccc', ['x.test'], { notAfterMs: 2 }),
    ];
    const { plan: made, warnings } = await plan('routes: []\n', own);
    expect(made?.serverNames.get('x.test')).toBe(1);
    expect(warnings.map(({ code, path, message }) => [code, path, message.slice(0, 41)])).toEqual([
      ['CERT_DUPLICATE', 'certificates[1]', 'x.test has a certificate already (line 1)'],
      ['CERT_DUPLICATE', 'certificates[2]', 'x.test has a certificate already (line 2)'],
    ]);
  });
});

describe('planTls: names that are redirected', () => {
  it('have certificates like the hosts of their route', async () => {
    const source = selfSigned();
    await plan(routes('host: a.test, redirect_from: [www.a.test], tls: self_signed'), [], source);
    expect(source.asked).toEqual(['a.test', 'www.a.test']);
  });

  const text = (tls: string): string => routes(`host: a.test, redirect_from: [www.a.test]${tls}`);

  it('no certificate covers one: a problem where tls: manual asks for it, else a warning', async () => {
    const own = [certificate('a', ['a.test'])];
    const { plan: made, problems } = await plan(OWN + text(', tls: manual'), own);
    expect(made).toBeNull();
    expect(problems).toMatchObject([{ code: 'CERT_MISSING', path: 'routes[0].redirect_from' }]);
    const { plan: other, warnings } = await plan(text(''), own);
    expect(other?.modes).toEqual(['manual']);
    expect(warnings).toMatchObject([{ code: 'CERT_MISSING', path: 'routes[0].redirect_from' }]);
  });

  it('one is covered by a wildcard', async () => {
    const { warnings } = await plan(OWN + text(', tls: manual'), [certificate('a', ['a.test', '*.a.test'])]);
    expect(warnings).toEqual([]);
  });
});

const ACME = 'acme: { email: a@b.example.com, directory: "https://ca.internal/directory" }\n';
const DNS_ACME =
  'acme: { email: a@b.example.com, directory: "https://ca.internal/d", challenge: dns-01, dns: { provider: exec, credentials: { command: /x } } }\n';

describe('planTls: automatic certificates', () => {
  const obtained = (...hosts: readonly string[]): ReadonlyMap<string, Certificate> =>
    new Map(hosts.map((host) => [host, certificate(`acme ${host}`, [host], { source: 'acme' })]));

  it('are for routes that say so, and for those with a host that say nothing and that no own certificate covers', async () => {
    const own = [certificate('own', ['own.test', '*.w.test'])];
    const text = `${ACME}${routes(
      'host: a.test, tls: auto',
      'host: b.test',
      'host: own.test',
      'host: [x.w.test, c.test]',
      'methods: [GET]',
      'host: d.test, tls: off',
      'host: e.test, tls: self_signed',
    )}`;
    const { plan: made, wanted, warnings } = await plan(text, own);
    expect(made?.modes).toEqual(['auto', 'auto', 'manual', 'auto', 'off', 'off', 'self_signed']);
    expect(wanted).toEqual([['a.test'], ['b.test'], [], ['c.test'], [], [], []]);
    expect(warnings).toEqual([]);
  });

  it('are not for names that none can be obtained for', async () => {
    const text = (directory: string): string =>
      `acme: { directory: "${directory}" }\n${routes(
        'host: [shop.example.com, localhost]',
        'host: localhost',
        'host: 192.0.2.7',
        'host: "*.example.com"',
        'host: a.internal, redirect_from: www.example.com',
      )}`;
    const open = await plan(text('letsencrypt'));
    expect(open.plan?.modes).toEqual(['auto', 'off', 'off', 'off', 'off']);
    expect(open.wanted?.[0]).toEqual(['shop.example.com']);
    expect(open.warnings.map(({ code, path, message }) => `${code} ${path} ${message}`)).toEqual([
      expect.stringMatching(/^CERT_MISSING routes\[3\]\.host .*\*\.example\.com.*challenge: dns-01/),
    ]);
    const internal = await plan(text('https://ca.internal/directory'));
    expect(internal.plan?.modes).toEqual(['auto', 'auto', 'off', 'off', 'auto']);
    expect(internal.wanted?.[4]).toEqual(['a.internal', 'www.example.com']);
  });

  it('are for nobody where the section is off, or https is', async () => {
    for (const more of ['acme: { enabled: false }\n', `listen: { https: off }\n${ACME}`]) {
      expect(await modesOf(more + routes('host: a.test'))).toEqual(['off']);
    }
  });

  it('open https before there is one, and leave names without one on plain HTTP, each by itself', async () => {
    const text = `${ACME}${routes('host: [a.test, b.test], redirect_from: [www.a.test, www.b.test]')}`;
    const before = await plan(text);
    expect(before.wanted).toEqual([['a.test', 'b.test', 'www.a.test', 'www.b.test']]);
    expect(before.plan).toMatchObject({ opensHttps: true, plainHosts: [['a.test', 'b.test']] });
    expect(before.plan?.serverNames.size).toBe(0);

    const after = await plan(text, [], undefined, obtained('b.test', 'www.a.test', 'gone.test'));
    expect(after.plan?.plainHosts).toEqual([['a.test']]);
    expect([...(after.plan?.serverNames.keys() ?? [])]).toEqual(['b.test', 'www.a.test']);
    // One that nobody wants any more is not carried.
    expect(after.plan?.certificates.map(({ id }) => id)).toEqual(['acme b.test', 'acme www.a.test']);
  });

  it('of a wildcard serve the names below it that wait for their own', async () => {
    const text = `${DNS_ACME}${routes('host: "*.w.test"', 'host: a.w.test')}`;
    const { plan: made } = await plan(text, [], undefined, obtained('*.w.test'));
    expect(made?.plainHosts).toEqual([[], []]);
  });

  it('give way to an own one, expired or not, and go before a self-signed one', async () => {
    const own = [certificate('own', ['a.test', '*.w.test'], { notAfterMs: 1 })];
    const text = `${ACME}${routes('host: [a.test, x.w.test, b.test], tls: auto', 'host: b.test, methods: [GET], tls: self_signed')}`;
    const first = await plan(text, own);
    expect(first.wanted?.[0]).toEqual(['b.test']);
    // A self-signed certificate is none that a client could be sent to.
    expect(first.plan?.plainHosts[0]).toEqual(['b.test']);
    const then = await plan(text, own, undefined, obtained('a.test', 'x.w.test', 'b.test'));
    expect(then.plan?.certificates.map(({ id }) => id)).toEqual(['own', 'acme b.test']);
    expect(then.plan?.plainHosts[0]).toEqual([]);
  });
});

describe('planTls: hsts', () => {
  it.each([
    ['host: a.test, hsts: {}', '', ['CONFLICT routes[0].hsts']],
    ['host: a.test, hsts: {}', 'trusted_proxies: [10.0.0.1]\n', []],
    ['host: a.test, hsts: {}, tls: self_signed', '', []],
  ])('%s, %j: warns where it could never be sent', async (route, more, wanted) => {
    const { warnings } = await plan(more + routes(route));
    expect(warnings.map(({ code, path }) => `${code} ${path}`)).toEqual(wanted);
  });
});

describe('planTls: problems', () => {
  /** Some of these the validation finds first; the plan does not rely on it. */
  const problemsOf = async (
    text: string,
    own: readonly Certificate[] = [],
    change: (draft: ConfigDraft) => ConfigDraft = (draft) => draft,
  ): Promise<string[][]> => {
    const { plan: made, problems } = await planOf(change(draftOf(OWN + text)), own);
    expect(made).toBeNull();
    return problems.map(({ code, path, message }) => [code, path, message]);
  };

  it('a manual route whose host nothing covers', async () => {
    const text = routes('host: a.test, name: r, tls: manual', 'host: [x.test, b.test], name: s, tls: manual');
    expect(await problemsOf(text, [certificate('x', ['x.test'])])).toEqual([
      ['CERT_MISSING', 'routes[0].tls', expect.stringContaining('covers a.test')],
      ['CERT_MISSING', 'routes[1].tls', expect.stringContaining('covers b.test')],
    ]);
  });

  it('a manual route for every host without any certificate', async () => {
    expect(await problemsOf(routes('tls: manual'))).toEqual([
      ['CERT_MISSING', 'routes[0].tls', expect.stringContaining('no certificates: section')],
    ]);
  });

  it('a route that wants tls while https is off', async () => {
    const off = (draft: ConfigDraft): ConfigDraft => ({ ...draft, listen: { ...draft.listen, https: [] } });
    expect(await problemsOf(routes('host: a.test, tls: self_signed'), [], off)).toEqual([
      ['CONFLICT', 'routes[0].tls', expect.stringContaining('listen.https is off')],
    ]);
  });
});
