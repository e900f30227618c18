/** Who is let in by address: contract 2 (`access`) and 3 (Order of policies, client address). */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  portOf,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { freePort } from '../support/free-port.ts';
import { fieldOf } from '../support/message-framer.ts';
import { parseExposition } from '../support/metrics-text.ts';

const service = 'origin';
const on = (host: string, access: object, more: object = {}): object => ({
  host,
  name: host,
  access,
  service,
  ...more,
});
const TLS = { tls: 'self_signed', https_redirect: false };

const ROUTES = [
  on('me.test', { allow: ['127.0.0.1'] }, TLS),
  on('range.test', { allow: ['10.0.0.0/8', '127.0.0.0/8'] }, TLS),
  on('others.test', { allow: ['10.0.0.0/8', '::1'] }, TLS),
  on('not-me.test', { deny: ['127.0.0.1/32'] }, TLS),
  on('wins.test', { allow: ['127.0.0.1'], deny: ['127.0.0.0/8'] }, TLS),
  on('apart.test', { allow: ['127.0.0.0/8'], deny: ['127.0.0.2'] }, TLS),
  on('mapped.test', { allow: ['::ffff:127.0.0.1'] }, TLS),
  on('redirected.test', { deny: ['127.0.0.1'] }, { tls: 'self_signed' }),
  { host: 'own.test', access: { deny: ['127.0.0.1'] }, respond: { body: 'secret' } },
  { host: 'away.test', access: { deny: ['127.0.0.1'] }, redirect: { to: 'https://example.com' } },
];

async function ask(
  bed: Bed,
  wire: Wire,
  host: string,
  fields = '',
  port = portOf(bed, wire),
): Promise<{ status: number; head: string }> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire, port);
  try {
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
    const { startLine, head } = await client.readAnswer();
    const status = Number(startLine.split(' ')[1]);
    if (status !== 200) expect(since()).toBe('');
    // Whoever is kept out may ask for something else over the same connection.
    await expectAlive(client);
    return { status, head };
  } finally {
    client.close();
  }
}

describe('access lists', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ routes: ROUTES });
  });
  afterAll(() => bed.stop());

  describe.each(WIRES)('%s', (wire) => {
    it.each([
      ['me.test', 200],
      ['range.test', 200],
      ['others.test', 403],
      ['not-me.test', 403],
      ['wins.test', 403],
      ['apart.test', 200],
      ['mapped.test', 200],
      ['own.test', 403],
      ['away.test', 403],
    ])('%s: %i', async (host, status) => {
      expect((await ask(bed, wire, host)).status).toBe(status);
    });

    it.each(['X-Forwarded-For: 10.0.0.1', 'Forwarded: for=10.0.0.1', 'X-Real-IP: 10.0.0.1'])(
      'what a peer that is not trusted says of itself changes nothing: %s',
      async (field) => {
        expect((await ask(bed, wire, 'others.test', `${field}\r\n`)).status).toBe(403);
        expect((await ask(bed, wire, 'me.test', `${field}\r\n`)).status).toBe(200);
      },
    );
  });

  it('the answer is penstock’s own, and says no more than it must', async () => {
    const { head } = await ask(bed, 'plain', 'wins.test');
    expect(fieldOf(head, 'server')).toBe('penstock');
    expect(fieldOf(head, 'proxy-status')).toBe('penstock; error=http_request_denied');
    expect(fieldOf(head, 'x-request-id')).not.toBeNull();
    expect(head).not.toContain('127.');
  });

  it('the redirect to https comes first', async () => {
    expect((await ask(bed, 'plain', 'redirected.test')).status).toBe(301);
    expect((await ask(bed, 'tls', 'redirected.test')).status).toBe(403);
  });

  it('an upload is refused before it is sent on', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed);
    try {
      client.write('POST / HTTP/1.1\r\nHost: wins.test\r\nContent-Length: 5\r\n\r\nhello');
      expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 403 Forbidden');
      expect(since()).toBe('');
    } finally {
      client.close();
    }
  });

  it('is counted for its route', async () => {
    const denied = async (route: string): Promise<number | undefined> =>
      parseExposition((await bed.penstock.admin('/metrics')).text).value('penstock_access_denied_total', {
        route,
      });
    const before = (await denied('not-me.test')) ?? Number.NaN;
    await ask(bed, 'plain', 'not-me.test');
    await ask(bed, 'tls', 'not-me.test');
    expect(await denied('not-me.test')).toBe(before + 2);
    expect(await denied('me.test')).toBe(0);
  });
});

describe('access lists behind a trusted proxy', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ routes: ROUTES, config: { trusted_proxies: ['127.0.0.1', '10.9.0.0/16'] } });
  });
  afterAll(() => bed.stop());

  it.each([
    ['others.test', '10.0.0.1', 200],
    ['others.test', '192.0.2.1', 403],
    ['others.test', '::1', 200],
    ['others.test', '::ffff:10.0.0.1', 200],
    ['others.test', '0:0:0:0:0:ffff:a00:1', 200],
    // The last address that is not trusted counts, whatever the client wrote before it.
    ['others.test', '10.0.0.1, 192.0.2.1', 403],
    ['others.test', '192.0.2.1, 10.0.0.1, 10.9.0.1', 200],
    ['others.test', '10.0.0.1, nonsense', 403],
    ['me.test', '192.0.2.1', 403],
    ['me.test', '', 200],
  ])('%s for X-Forwarded-For: "%s" gives %i', async (host, forwardedFor, status) => {
    const field = forwardedFor === '' ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`;
    expect((await ask(bed, 'plain', host, field)).status).toBe(status);
  });
});

describe('access lists on a listener of both families', () => {
  let bed: Bed;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    bed = await startBed({ routes: ROUTES, listen: { http: `:${port}` } });
  });
  afterAll(() => bed.stop());

  it.each([
    ['me.test', 200],
    ['others.test', 403],
    ['not-me.test', 403],
  ])('take an IPv4 peer for what it is: %s gives %i', async (host, status) => {
    expect((await ask(bed, 'plain', host, '', port)).status).toBe(status);
  });
});
