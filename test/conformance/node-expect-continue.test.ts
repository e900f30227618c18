import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  expectForwarded,
  expectOnly,
  forwarded,
  HOST,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    config: { limits: { body_bytes: 10 } },
    services: { empty: { endpoints: [] } },
    routes: [
      { host: 'respond.test', respond: { status: 200, body: 'mine' } },
      { host: 'away.test', redirect: { to: 'https://example.com/' } },
      { host: 'tls.test', service: 'origin', tls: 'self_signed' },
      { host: 'empty.test', service: 'empty' },
    ],
  });
});
afterAll(() => bed.stop());

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const LENGTH = 'Content-Length: 5\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const post = (fields: string, host = HOST, path = '/a'): string =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\n${fields}\r\n`;

describe.each(WIRES)('Expect: 100-continue, RFC 9110 10.1.1 (%s)', (wire) => {
  it.each([
    ['of a length', LENGTH, 'hello', 'Content-Length: 5', 'hello'],
    [
      'in chunks',
      CHUNKED,
      '5\r\nhello\r\n0\r\n\r\n',
      'Transfer-Encoding: chunked',
      '5\r\nhello\r\n0\r\n\r\n',
    ],
  ])('a body %s is asked for once, before it comes', async (_name, fields, body, framing, sent) => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(post(fields));
    expect(await client.readUntil('\r\n\r\n')).toBe(CONTINUE);
    client.write(body);
    expect((await client.readAnswer()).status).toBe(200);
    expect(client.text().slice(CONTINUE.length)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    await expectAlive(client);
    client.close();
    expect(since().startsWith(forwarded(bed, wire, { line: 'POST /a HTTP/1.1', framing, body: sent }))).toBe(
      true,
    );
  });

  it.each(['100-CONTINUE', '100-Continue', '\t100-continue '])(
    '%j is the same expectation',
    async (value) => {
      const client = await connect(bed, wire);
      client.write(`POST /a HTTP/1.1\r\nHost: ${HOST}\r\neXPECT:${value}\r\n${LENGTH}\r\n`);
      expect(await client.readUntil('\r\n\r\n')).toBe(CONTINUE);
      client.write('hello');
      expect((await client.readAnswer()).status).toBe(200);
      client.close();
    },
  );

  it.each(['200-ok', '100-continue-please', '', '100'])('%j is none that penstock knows', async (value) => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(`POST /a HTTP/1.1\r\nHost: ${HOST}\r\nExpect: ${value}\r\n${LENGTH}\r\n`);
    await waitFor(() => since().includes('POST /a'), { what: 'the head at the origin', intervalMs: 2 });
    client.write('hello');
    expect((await client.readAnswer()).status).toBe(200);
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    client.close();
    expect(since()).not.toMatch(/expect/i);
  });

  it.each(['', 'Content-Length: 0\r\n'])(
    'without a body (%j) there is nothing to go on with',
    async (fields) => {
      const client = await connect(bed, wire);
      client.write(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\n${fields}\r\n`);
      expect((await client.readAnswer()).status).toBe(200);
      expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      client.close();
    },
  );

  it('a body that is there already is taken, whether it was asked for or not', async () => {
    const text = forwarded(bed, wire, {
      line: 'POST /a HTTP/1.1',
      framing: 'Content-Length: 5',
      body: 'hello',
    });
    await expectForwarded(bed, wire, `${post(LENGTH)}hello`, text);
  });

  it.each([
    ['404, no route', post(LENGTH, 'unknown.test'), 404],
    ['404, no route, in chunks', post(CHUNKED, 'unknown.test'), 404],
    ['413, announced', post('Content-Length: 11\r\n'), 413],
    ['400, a path above the root', post(LENGTH, HOST, '/../a'), 400],
    ['400, two lengths', post(`${LENGTH}Content-Length: 6\r\n`), 400],
    ['503, no endpoint', post(LENGTH, 'empty.test'), 503],
    ['200, an answer of the configuration', post(LENGTH, 'respond.test'), 200],
    ['301, a redirect', post(LENGTH, 'away.test'), 301],
  ])(
    'none before %s; and the connection ends, since the body may come or not',
    async (_name, text, status) => {
      const since = recordFrom(bed);
      const client = await connect(bed, wire);
      client.write(text);
      const answer = await client.readAnswer();
      expect(answer.status).toBe(status);
      expect(client.text().startsWith(`HTTP/1.1 ${status} `)).toBe(true);
      expect(fieldOf(answer.head, 'connection')).toBe('close');
      // Whatever comes now is read by no one as a request.
      client.write(`GET /hidden HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      await client.expectClosed();
      expect(client.answers).toHaveLength(1);
      client.close();
      await expectOnly(bed, wire, since, '');
    },
  );

  it('413 within a body that was asked for', async () => {
    const client = await connect(bed, wire);
    client.write(post(CHUNKED));
    expect(await client.readUntil('\r\n\r\n')).toBe(CONTINUE);
    client.write('b\r\nhello world\r\n0\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(413);
    await client.expectClosed();
    client.close();
  });

  it('in a pipeline the 100 comes in its turn', async () => {
    const client = await connect(bed, wire);
    client.write(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n${post(LENGTH)}`);
    expect((await client.readAnswer()).status).toBe(200);
    const text = await client.readUntil(CONTINUE);
    expect(text.endsWith(`ok\n${CONTINUE}`)).toBe(true);
    client.write('hello');
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
  });
});
