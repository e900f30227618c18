/** Clients that speak something else than the listener that they reached. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeHello } from '../support/client-hellos.ts';
import {
  type Bed,
  connect,
  expectOnly,
  HOST,
  onEngine,
  onlyOn,
  portOf,
  recordFrom,
  startBed,
  TLS_HOST,
  withoutDates,
  withoutIds,
} from '../support/conformance-bed.ts';
import { alpnExtension, helloMessage, hex, record, serverNameExtension } from '../support/door-bytes.ts';
import { RawClient } from '../support/raw-client.ts';

const READ_MS = 500;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ listen: { http2: false }, config: { timeouts: { read: `${READ_MS}ms` } } });
});
afterAll(() => bed.stop());

const REQUEST = `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame (RFC 9113 6.5), which follows the preface. */
const SETTINGS = hex('000000 04 00 00000000').toString('latin1');

async function talk(wire: 'plain' | 'tls', bytes: string | Uint8Array): Promise<RawClient> {
  const since = recordFrom(bed);
  const client = await RawClient.connect(portOf(bed, wire));
  client.write(bytes);
  await client.expectClosed();
  client.close();
  await expectOnly(bed, wire, since, '');
  return client;
}

describe('plain HTTP on the TLS port: 400 that says so, by penstock', () => {
  it.each([
    ['a request', REQUEST],
    ['a request of HTTP/1.0', 'GET /a HTTP/1.0\r\n\r\n'],
    ['a request with a body', `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\nhello`],
    ['several requests', REQUEST.repeat(3)],
    ['half a request', 'GET / HT'],
    ['one letter', 'G'],
    ['an empty line', '\r\n'],
    ['no HTTP', 'EHLO t.test\r\n'],
    ['the preface of HTTP/2', PREFACE + SETTINGS],
    ['zeros', '\0\0\0\0'],
  ])('%s', async (_name, bytes) => {
    const client = await talk('tls', bytes);
    expect(withoutDates(withoutIds(client.text()))).toBe(
      'HTTP/1.1 400 Bad Request\r\nDate: <date>\r\nContent-Type: text/plain; charset=utf-8\r\nServer: penstock\r\n' +
        'X-Request-Id: <id>\r\nProxy-Status: penstock; error=http_request_error\r\nContent-Length: 78\r\n' +
        'Connection: close\r\n\r\n400 Bad Request: This port speaks HTTPS: a plain HTTP request was sent to it.\n',
    );
  });
});

describe('what is no TLS, but begins like it, on the TLS port: closed, with an alert at most', () => {
  const hello = helloMessage({ extensions: [serverNameExtension(TLS_HOST), alpnExtension('http/1.1')] });

  it.each([
    ['a record beyond the limit of its length', hex('16 0301 ffff')],
    ['an empty record', hex('16 0301 0000')],
    ['a message that is no ClientHello', record(hex('02 000000'))],
    ['a ClientHello of 16 MiB', record(hex('01 ffffff'))],
    ['a ClientHello that is cut by its own lengths', record(hello.subarray(0, 40))],
    ['one with lengths that lie', record(Buffer.concat([hello.subarray(0, 4), Buffer.alloc(200, 0xff)]))],
    ['SSL 2', hex('802e 01 0002 0015 0000 0010 0100800300800700c0')],
  ])('%s', async (_name, bytes) => {
    const client = await talk('tls', bytes);
    expect(client.text()).not.toContain('200 OK');
  });
});

describe('other protocols on the plain port: refused', () => {
  it.each([
    ['SMTP', 'EHLO t.test\r\n'],
    ['RTSP', 'OPTIONS rtsp://t.test/a RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
    ['HTTP/0.9', 'GET /a\r\n'],
    ['binary', hex('00 01 02 03 04 05 06 07').toString('latin1')],
    ['a PROXY header from a peer that is not trusted', `PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n${REQUEST}`],
  ])('%s', async (_name, bytes) => {
    const client = await talk('plain', bytes);
    expect(client.answers.map(({ status }) => status)).toEqual([onEngine({ node: 400, uws: 505 })]);
  });

  it('a ClientHello', async () => {
    const client = await talk('plain', await nodeHello({ servername: TLS_HOST }));
    expect(client.answers.map(({ status }) => status)).toEqual([onEngine({ node: 400, uws: 505 })]);
  });

  // uWebSockets.js waits for a second word: uws-engine-timers.test.ts.
  onlyOn('node', () => {
    it('SSH', async () => {
      const client = await talk('plain', 'SSH-2.0-OpenSSH_9.2\r\n');
      expect(client.answers.map(({ status }) => status)).toEqual([400]);
    });
  });
});

describe('HTTP/2 by prior knowledge where it is off', () => {
  it.each([
    ['the preface', PREFACE],
    ['the preface and settings', PREFACE + SETTINGS],
    ['its first line', 'PRI * HTTP/2.0\r\n\r\n'],
  ])('%s: 505, and the connection ends', async (_name, bytes) => {
    const client = await talk('plain', bytes);
    expect(client.answers.map(({ status }) => status)).toEqual([505]);
    expect(client.text().includes('Server: penstock')).toBe(onEngine({ node: true, uws: false }));
  });

  it('on TLS too', async () => {
    const client = await connect(bed, 'tls');
    client.write(PREFACE + SETTINGS);
    await client.expectClosed();
    expect(client.answers.map(({ status }) => status)).toEqual([505]);
    client.close();
  });
});
