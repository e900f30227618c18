import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    routes: [
      { host: 'secure-only.test', service: 'origin', tls: 'self_signed' },
      { host: 'away.test', redirect: { to: 'https://example.com{uri}' } },
    ],
  });
});
afterAll(() => bed.stop());

const request = (line: string, host = HOST): string => `${line} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

describe.each(WIRES)('the absolute form, RFC 9112 3.2.2 (%s)', (wire) => {
  it.each([
    ['GET http://t.test/a', 'GET /a'],
    ['GET http://t.test/a?b=c', 'GET /a?b=c'],
    ['GET https://t.test/a', 'GET /a'],
    ['GET HTTP://t.test/a', 'GET /a'],
    ['GET hTTpS://t.test/a', 'GET /a'],
    ['POST http://t.test//a/./b', 'POST //a/./b'],
    ['GET http://t.test/http://x.test/', 'GET /http://x.test/'],
    ['GET http://t.test/a@b', 'GET /a@b'],
    ['GET http://t.test/?a=/..', 'GET /?a=/..'],
    // RFC 9110 4.2.3: an empty path is the path "/".
    ['GET http://t.test', 'GET /'],
    ['GET http://t.test?b=c', 'GET /?b=c'],
    ['GET http://t.test?', 'GET /?'],
    // But for OPTIONS without a query it is the server as a whole (RFC 9112 3.2.4).
    ['OPTIONS http://t.test', 'OPTIONS *'],
    ['OPTIONS http://t.test/', 'OPTIONS /'],
    ['OPTIONS http://t.test?b', 'OPTIONS /?b'],
  ])('%s: the origin gets %s', async (line, sent) => {
    await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line: `${sent} HTTP/1.1` }));
  });

  it.each(['evil.test', 'unknown.test:80', 'T.TEST', '[::1]'])(
    'its authority goes over Host: %s',
    async (host) => {
      const text = forwarded(bed, wire, { line: 'GET /a HTTP/1.1' });
      await expectForwarded(bed, wire, request('GET http://t.test/a', host), text);
    },
  );

  it.each(['t.test:81', 'T.tesT', 't.test.', 't.test:'])('the authority %s goes on as Host', async (host) => {
    const text = forwarded(bed, wire, { line: 'GET /a HTTP/1.1', host });
    await expectForwarded(bed, wire, request(`GET http://${host}/a`), text);
  });

  it('its authority finds the route, whatever Host says', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(request('GET http://unknown.test/a'));
    expect((await client.readAnswer()).status).toBe(404);
    client.close();
    expect(since()).toBe('');
  });

  it.each([
    ['an empty host', 'GET http:///a'],
    ['an empty host with a port', 'GET http://:80/a'],
    ['nothing behind the slashes', 'GET http://'],
    ['one slash', 'GET http:/t.test/a'],
    ['userinfo', 'GET http://user@t.test/a'],
    ['userinfo with a password', 'GET http://user:word@t.test/a'],
    ['empty userinfo', 'GET http://@t.test/a'],
    ['a port out of range', 'GET http://t.test:65536/a'],
    ['letters for a port', 'GET http://t.test:8o/a'],
    ['a list', 'GET http://t.test,evil.test/a'],
    ['a backslash', 'GET http://t.test\\a'],
    ['an escape', 'GET http://%74.test/a'],
    ['an unclosed bracket', 'GET http://[::1/a'],
    ['a fragment', 'GET http://t.test/a#b'],
    ['a path above the root', 'GET http://t.test/../a'],
    ['a path above the root, escaped', 'GET http://t.test/%2e%2e/a'],
    ['CONNECT', 'CONNECT http://t.test/a'],
  ])('%s: 400', async (_name, line) => {
    await expectRefused(bed, wire, request(line), { status: 400 });
  });

  it.each([
    ['missing', ''],
    ['twice', `Host: ${HOST}\r\nHost: ${HOST}\r\n`],
    ['twice, differing', `Host: ${HOST}\r\nHost: evil.test\r\n`],
  ])('Host %s is 400 all the same (RFC 9112 3.2)', async (_name, fields) => {
    await expectRefused(bed, wire, `GET http://t.test/a HTTP/1.1\r\n${fields}\r\n`, { status: 400 });
  });
});

it('a malformed Host is 400, though the target names the authority (RFC 9112 3.2)', async () => {
  const client = await connect(bed);
  client.write(request('GET http://t.test/a', 'a b'));
  const { status } = await client.readAnswer();
  client.close();
  expect(status).toBe(400);
});

describe.each(WIRES)('OPTIONS *, RFC 9112 3.2.4 (%s)', (wire) => {
  it('goes to the service of the host, and the origin gets the asterisk', async () => {
    const line = 'OPTIONS * HTTP/1.1';
    await expectForwarded(bed, wire, request('OPTIONS *'), forwarded(bed, wire, { line }));
  });

  it('with a body', async () => {
    const bytes = `OPTIONS * HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\nhello`;
    const line = 'OPTIONS * HTTP/1.1';
    const text = forwarded(bed, wire, { line, framing: 'Content-Length: 5', body: 'hello' });
    await expectForwarded(bed, wire, bytes, text);
  });

  it('of a host without a route: 404', async () => {
    const client = await connect(bed, wire);
    client.write(request('OPTIONS *', 'unknown.test'));
    expect((await client.readAnswer()).status).toBe(404);
    client.close();
  });

  it.each(['OPTIONS *?a', 'OPTIONS */', 'OPTIONS **', 'GET *', 'options *'])('%s: 400', async (line) => {
    await expectRefused(bed, wire, request(line), { status: 400 });
  });
});

it('a redirect of OPTIONS * leads to a URL', async () => {
  const client = await connect(bed);
  client.write(request('OPTIONS *', 'secure-only.test'));
  const toHttps = await client.readAnswer();
  client.write(request('OPTIONS *', 'away.test'));
  const away = await client.readAnswer();
  client.close();
  expect([toHttps.status, away.status]).toEqual([308, 301]);
  const root = `https://secure-only.test:${bed.penstock.ports.https}`;
  expect([root, `${root}/`]).toContain(fieldOf(toHttps.head, 'location'));
  expect(['https://example.com', 'https://example.com/']).toContain(fieldOf(away.head, 'location'));
});
