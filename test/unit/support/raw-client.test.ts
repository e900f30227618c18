/** The raw client and the recording origin, against each other: every integration test stands on them. */

import { afterEach, describe, expect, it } from 'vitest';
import { startOrigin } from '../../support/origin.ts';
import { RawClient, rawRequest } from '../../support/raw-client.ts';
import { startRecordingOrigin } from '../../support/raw-origin-record.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('rawRequest and startRecordingOrigin', () => {
  it('send, record and answer exact bytes over one connection', async () => {
    const origin = await startRecordingOrigin();
    closers.push(origin.close);
    const bytes = 'GET /a HTTP/1.1\r\nX:  1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /rest';
    const answer = await rawRequest(origin.port, bytes, { responses: 2 });
    expect(answer).toMatchObject({ statuses: [200, 200], closed: false, timedOut: false });
    expect(answer.answers[0]?.body.toString()).toBe('ok\n');
    expect(origin.text()).toBe(bytes);
    expect(origin.requests().map(({ startLine }) => startLine)).toEqual([
      'GET /a HTTP/1.1',
      'POST /b HTTP/1.1',
    ]);
    expect(origin.connections[0]?.rest().toString()).toBe('GET /rest');
  });

  it('tells a silent server from one that closes', async () => {
    const origin = await startRecordingOrigin();
    closers.push(origin.close);
    const silent = await rawRequest(origin.port, 'GET / HTTP/1.1\r\n', { timeoutMs: 100 });
    expect(silent).toMatchObject({ statuses: [], closed: false, timedOut: true });

    const closing = await startOrigin();
    closers.push(closing.close);
    const broken = await rawRequest(closing.port, 'nonsense\r\n\r\n');
    expect(broken).toMatchObject({ statuses: [400], closed: true });
  });
});

describe('RawClient', () => {
  it('reads answer after answer, and waits for the close', async () => {
    const origin = await startOrigin({ name: 'one' });
    closers.push(origin.close);
    const client = await RawClient.connect(origin.port);
    closers.push(() => client.close());
    client.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.readAnswer()).body.toString()).toBe('one\n');
    client.write('HEAD /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(200);
    await client.expectClosed();
    expect(origin.requests.map(({ method, url, connection }) => [method, url, connection])).toEqual([
      ['GET', '/first', 1],
      ['HEAD', '/second', 1],
    ]);
    await expect(client.readUntil('never')).rejects.toThrow('closed before never came');
  });

  it('records the body that an origin got', async () => {
    const origin = await startOrigin();
    closers.push(origin.close);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    await rawRequest(origin.port, `${head}3\r\nabc\r\n0\r\n\r\n`);
    expect(origin.requests[0]).toMatchObject({
      bodyBytes: 3,
      bodyText: 'abc',
      bodySha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      complete: true,
    });
  });
});
