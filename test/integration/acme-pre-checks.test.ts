/**
 * What penstock looks at before it orders a certificate (src/primary/certs/acme/diagnosis), against BIND and web servers of many kinds, each at a
 * loopback address of its own on one port.
 */

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/kit/errors.ts';
import type { ChallengeSolver } from '../../src/primary/certs/acme/challenge/solver.ts';
import type { CauseCode } from '../../src/primary/certs/acme/diagnosis/cause.ts';
import { createDiagnosis, type DiagnosisMeans } from '../../src/primary/certs/acme/diagnosis/diagnosis.ts';
import type { PreCheckQuestion } from '../../src/primary/certs/acme/diagnosis/pre-checks.ts';
import { probe } from '../../src/primary/certs/acme/diagnosis/probe.ts';
import { DnsClient } from '../../src/primary/dns/dns-client.ts';
import { type Bind, startBind } from '../support/bind.ts';
import { makeCertificate } from '../support/cert-maker.ts';
import { freePorts } from '../support/free-port.ts';
import { startNameServer } from '../support/name-server.ts';
import { requireProgram } from '../support/programs.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const PATH = '/.well-known/acme-challenge/';
const never = new AbortController().signal;

requireProgram('named')('before an order', () => {
  let bind: Bind;
  let httpPort = 0;
  let httpsPort = 0;
  const servers: (Server | TcpServer)[] = [];
  const sockets = new Set<Socket>();
  /** What the solver has presented, and all that it ever did. */
  const tokens = new Map<string, string>();
  const presented: string[] = [];
  const solver: ChallengeSolver = {
    type: 'http-01',
    present: async ({ token, keyAuthorization }) => {
      tokens.set(token, keyAuthorization);
      presented.push(token);
    },
    cleanUp: async ({ token }) => void tokens.delete(token),
  };
  const answerTokens: RequestListener = ({ url = '', headers }, response) => {
    const answer = tokens.get(url.slice(PATH.length));
    if (answer === undefined || !headers.host?.endsWith('.test')) response.writeHead(404).end();
    else response.end(`${answer}\n`);
  };
  const redirect =
    (to: (url: string) => string): RequestListener =>
    ({ url = '' }, response) =>
      response.writeHead(301, { location: to(url) }).end();

  async function listen(server: Server | TcpServer, host: string, port: number): Promise<void> {
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen({ host, port }, resolve));
    servers.push(server);
  }
  const serve = (host: string, listener: RequestListener) => listen(createServer(listener), host, httpPort);

  beforeAll(async () => {
    [httpPort = 0, httpsPort = 0] = await freePorts(2);
    const { certPem: cert, keyPem: key } = await makeCertificate({ hosts: ['secure.site.test'] });
    const secure = createTlsServer({ cert, key }, answerTokens);
    await Promise.all([
      serve('127.0.0.1', answerTokens),
      // Nothing listens at 127.0.0.2.
      serve('127.0.0.3', (_, response) =>
        response
          .writeHead(200, { server: 'nginx/1.22.1' })
          .end(`<!doctype html>\n<title>Parked\u001b[31m</title>${'x'.repeat(9_000)}`),
      ),
      serve(
        '127.0.0.4',
        redirect((url) => `https://secure.site.test${url}`),
      ),
      listen(secure, '127.0.0.4', httpsPort),
      serve(
        '127.0.0.5',
        redirect((url) => `https://broken.site.test${url}`),
      ),
      listen(
        createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n')),
        '127.0.0.6',
        httpPort,
      ),
      listen(
        createTcpServer((socket) => socket.on('error', () => {})),
        '127.0.0.7',
        httpPort,
      ),
      serve(
        '127.0.0.8',
        redirect((url) => url),
      ),
      serve(
        '127.0.0.9',
        redirect(() => 'https://site.test:8443/'),
      ),
      serve(
        '127.0.0.10',
        redirect(() => 'http://127.0.0.1/'),
      ),
      serve(
        '127.0.0.11',
        redirect(() => 'ftp://site.test/'),
      ),
      serve(
        '127.0.0.12',
        redirect((url) => `http://gone.site.test${url}`),
      ),
      listen(
        createTcpServer((socket) =>
          socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()),
        ),
        '127.0.0.13',
        httpPort,
      ),
    ]);
    bind = await startBind({
      zones: {
        'site.test': {
          records: `
            good    A 127.0.0.1
            silent  A 127.0.0.2
            some    A 127.0.0.1
            some    A 127.0.0.2
            parked  A 127.0.0.3
            mixed   A 127.0.0.1
            mixed   A 127.0.0.3
            secure  A 127.0.0.4
            broken  A 127.0.0.5
            ssh     A 127.0.0.6
            empty   TXT "no address"
            only-other CAA 0 issue "other.test"
            only-other A 127.0.0.1
            forbidden  CAA 0 issue ";"
            forbidden  A 127.0.0.3
            wild       CAA 0 issuewild "ca.test"
            ${Array.from({ length: 14 }, (_, i) => `many A 127.0.1.${i + 1}`).join('\n')}
          `,
        },
      },
    });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await bind.stop();
  });

  const means = (facts: Partial<DiagnosisMeans> = {}): DiagnosisMeans => ({
    dns: new DnsClient([bind.server]),
    resolversAreGiven: true,
    isPublic: true,
    solver,
    ownAddresses: () => ['127.0.0.1'],
    epochMs: () => NOW,
    httpPort,
    httpsPort,
    ...facts,
  });
  const question = (host: string, facts: Partial<PreCheckQuestion> = {}): PreCheckQuestion => ({
    host,
    authority: 'https://ca.test/directory',
    caaIdentities: ['ca.test'],
    account: 'https://ca.test/account/1',
    clockSkewMs: 0,
    challenge: 'http-01',
    ...facts,
  });
  async function check(asked: PreCheckQuestion, with_: Partial<DiagnosisMeans> = {}) {
    const { host, ...facts } = asked;
    const diagnosis = createDiagnosis(() => means(with_));
    return { ...(await diagnosis.preCheck(host, facts, never)), diagnosis };
  }

  describe('by http-01', () => {
    it('finds nothing wrong with a name that leads here, and leaves no token behind', async () => {
      presented.length = 0;
      expect(await check(question('good.site.test'))).toMatchObject({ stop: null, warnings: [] });
      expect(await check(question('good.site.test'))).toMatchObject({ stop: null, warnings: [] });
      expect(new Set(presented).size).toBe(2);
      expect(presented[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(tokens.size).toBe(0);
    });

    it('takes an answer behind a redirect to https, whatever certificate is there', async () => {
      expect(await check(question('secure.site.test'))).toMatchObject({ stop: null, warnings: [] });
    });

    it.each<[string, CauseCode, string]>([
      [
        'parked.site.test',
        'wrong_answer',
        '127.0.0.3: status 200 of nginx/1.22.1: "<!doctype html> <title>Parked [31m</title>x',
      ],
      ['mixed.site.test', 'wrong_answer', 'on port 80: 127.0.0.3: status 200'],
      ['ssh.site.test', 'wrong_answer', '127.0.0.6: an answer that is not HTTP'],
      ['broken.site.test', 'tls_redirect_broken', `redirects to https://broken.site.test${PATH}`],
      ['empty.site.test', 'no_address', 'empty.site.test has no A or AAAA record: asked at 127.0.0.1:'],
      ['nothing.site.test', 'no_address', 'nothing.site.test has no A or AAAA record'],
      [
        'only-other.site.test',
        'caa_forbids',
        'of only-other.site.test forbid it: they say 0 issue "other.test"; this authority is ca.test',
      ],
      ['forbidden.site.test', 'caa_forbids', 'they say 0 issue ";"'],
      ['a.forbidden.site.test', 'caa_forbids', 'the CAA records of forbidden.site.test'],
      ['*.site.test', 'wildcard_needs_dns', '*.site.test is a wildcard'],
    ])('stops an order for %s: %s', async (host, code, words) => {
      const { stop } = await check(question(host));
      expect(stop).toMatchObject({ code, stage: 'before_order' });
      expect(stop?.message).toContain(words);
      expect(stop?.message.length).toBeLessThan(500);
      expect(tokens.size).toBe(0);
    });

    it.each<[string, CauseCode, string]>([
      ['silent.site.test', 'port_80_unreachable', '127.0.0.2: connection refused'],
      [
        'some.site.test',
        'address_not_answering',
        '127.0.0.1 leads here, but not all: 127.0.0.2: connection refused',
      ],
    ])('only warns of %s: %s', async (host, code, words) => {
      const { stop, warnings, diagnosis } = await check(question(host));
      expect(stop).toBeNull();
      expect(warnings).toMatchObject([{ code }]);
      expect(warnings[0]?.message).toContain(words);
      // And tells it when the authority fails as well.
      const error = Object.assign(new Error('it timed out'), { code: 'port_80_unreachable' });
      const failed = {
        host,
        authority: '',
        stage: 'challenge',
        error,
        clockSkewMs: 0,
        nowMs: NOW,
        warnings,
      } as const;
      expect(diagnosis.classify(failed).message).toContain(
        `it timed out (penstock saw before: ${warnings[0]?.message}`,
      );
    });

    it('only warns of a missing address where nobody chose the resolvers', async () => {
      const { stop, warnings } = await check(question('nothing.site.test'), { resolversAreGiven: false });
      expect(stop).toBeNull();
      expect(warnings).toMatchObject([{ code: 'no_address' }]);
    });

    it('is no reason to stop for a private authority, which may look at another DNS', async () => {
      const { stop, warnings } = await check(question('nothing.site.test'), { isPublic: false });
      expect(stop).toBeNull();
      expect(warnings.map(({ code }) => code)).toEqual(['no_address']);
    });

    it('only warns of DNS that fails', async () => {
      const server = await startNameServer();
      server.broken = true;
      const { stop, warnings } = await check(question('good.site.test'), {
        dns: new DnsClient([`127.0.0.1:${server.port}`]),
      });
      await server.close();
      expect(stop).toBeNull();
      expect(warnings).toMatchObject([{ code: 'dns_failure' }, { code: 'dns_failure' }]);
      expect(warnings.map(({ message }) => message).join()).toContain('SERVFAIL');
    });

    it('stops where penstock cannot answer itself', async () => {
      const refusing: ChallengeSolver = {
        type: 'http-01',
        present: async () => {
          throw new PenstockError('PENSTOCK_CHALLENGE_FAILED', 'worker 2 does not answer');
        },
        cleanUp: async () => {},
      };
      const { stop } = await check(question('good.site.test'), { solver: refusing });
      expect(stop).toMatchObject({
        code: 'unknown',
        stage: 'before_order',
        message: 'worker 2 does not answer',
      });
    });

    it('asks at five addresses of a kind, and no more', async () => {
      const { warnings } = await check(question('many.site.test'));
      expect(warnings[0]?.message.match(/127\.0\.1\.\d+: connection refused/g)).toHaveLength(5);
    });

    it('ends with the signal', async () => {
      const ending = new AbortController();
      const slow: ChallengeSolver = {
        type: 'http-01',
        present: async () => ending.abort(new Error('penstock ends')),
        cleanUp: async () => {},
      };
      const { host, ...facts } = question('good.site.test');
      const diagnosis = createDiagnosis(() => means({ solver: slow }));
      await expect(diagnosis.preCheck(host, facts, ending.signal)).rejects.toThrow('penstock ends');
    });
  });

  describe('by dns-01', () => {
    it('looks at CAA records alone', async () => {
      presented.length = 0;
      const asked = { challenge: 'dns-01' } as const;
      expect((await check(question('silent.site.test', asked))).stop).toBeNull();
      expect((await check(question('*.wild.site.test', asked))).stop).toBeNull();
      expect((await check(question('only-other.site.test', asked))).stop).toMatchObject({
        code: 'caa_forbids',
      });
      const other = question('*.wild.site.test', { ...asked, caaIdentities: ['other.test'] });
      expect((await check(other)).stop).toMatchObject({ code: 'caa_forbids' });
      expect(presented).toEqual([]);
    });
  });

  it('stops where the clock is wrong', async () => {
    const { stop } = await check(question('good.site.test', { clockSkewMs: -600_000 }));
    expect(stop).toMatchObject({
      code: 'clock_off',
      message: 'the clock of this machine is 10 min ahead of that of ca.test',
    });
  });

  describe('a probe', () => {
    const ask = (address: string, signal = never) =>
      probe(
        {
          host: 'a.site.test',
          address,
          path: `${PATH}tok`,
          answer: 'tok.key',
          httpPort,
          httpsPort,
          resolve: (name) => means().dns.addresses(name, never),
        },
        signal,
      );

    it.each([
      ['127.0.0.1', { kind: 'wrong', said: 'status 404' }],
      ['127.0.0.8', { kind: 'redirect', said: 'these are too many redirects' }],
      [
        '127.0.0.9',
        {
          kind: 'redirect',
          to: 'https://site.test:8443/',
          said: 'authorities follow to ports 80 and 443 alone',
        },
      ],
      ['127.0.0.10', { kind: 'redirect', said: 'authorities follow to names alone, not to addresses' }],
      ['127.0.0.11', { kind: 'redirect', said: 'authorities follow to http and https alone' }],
      ['127.0.0.12', { kind: 'redirect', said: 'gone.site.test has no address' }],
      ['127.0.0.13', { kind: 'unreachable', said: 'connection reset' }],
    ])('at %s gives %j', async (address, outcome) => {
      expect(await ask(address)).toMatchObject(outcome);
    });

    it('does not wait longer than its signal', async () => {
      expect(await ask('127.0.0.7', AbortSignal.timeout(200))).toEqual({
        kind: 'unreachable',
        said: 'no answer in time',
      });
    });
  });
});
