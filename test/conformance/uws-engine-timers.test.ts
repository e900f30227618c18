import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectOnly,
  HOST,
  portOf,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';
import { RawClient } from '../support/raw-client.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ config: { limits: { body_bytes: 10 }, timeouts: { read: `${READ_MS}ms` } } });
});
afterAll(() => bed.stop());

const LINE = 'GET /a HTTP/1.1';
const get = (fields: string): string => `${LINE}\r\nHost: ${HOST}\r\n${fields}\r\n`;
/** uWebSockets.js closes what stands still after 10 to 12 s, which cannot be set. */
const ENGINE_MS = 15_000;
/** What has not said a word yet waits at the door. */
const READ_MS = 2_000;
/** Connections of random bytes that nobody closes but penstock. */
const VOLLEY = 100;

// It waits for a LF behind a CR, and takes an empty line before the request line for a beginning of one (RFC 9112 2.2 says
// that a server should skip one). Nothing is answered and nothing forwarded, also of what is sent behind it.
const HELD: readonly (readonly [string, string])[] = [
  ['a bare CR in a value', get('X: v\rw\r\n')],
  ['a bare CR that hides a field', get('X: v\rTransfer-Encoding: chunked\r\n')],
  ['a CR before the CRLF', get('X: v\r\r\n')],
  ['a bare CR in the target', `GET /a\rb HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
  ['a bare CR in the method', `GE\rT /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
  ['a CR before the request line', `\r${get('')}`],
  ['a CRLF before the request line', `\r\n${get('')}`],
  ['two CRLFs before the request line', `\r\n\r\n${get('')}`],
  ['a request line without a version', `GET /a\r\nHost: ${HOST}\r\n\r\n`],
  ['a request line of a method alone', `GET\r\nHost: ${HOST}\r\n\r\n`],
  ['a head that ends in the middle', `${LINE}\r\nHost: ${HOST}\r\nX: `],
  ['a banner of SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
];

// Together, since each of them waits for the same 10 seconds.
describe.concurrent('what only the timer of the engine ends', () => {
  it('heads that never become whole: closed without an answer, and the origin gets nothing of them', async () => {
    const since = recordFrom(bed);
    const outcomes = await Promise.all(
      HELD.map(async ([name, bytes]) => {
        const client = await connect(bed);
        client.write(bytes);
        if (bytes.endsWith('\r\n\r\n')) client.write(get(''));
        await client.expectClosed(ENGINE_MS);
        return [name, client.text()];
      }),
    );
    expect(outcomes).toEqual(HELD.map(([name]) => [name, '']));
    await expectOnly(bed, 'plain', since, '');
  });

  it('a refused upload that does not end: answered after a second, then cut', async () => {
    const client = await connect(bed);
    const before = performance.now();
    client.write(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 200000\r\n\r\nx`);
    const { status, head } = await client.readAnswer();
    expect(status).toBe(413);
    expect(head).toContain('\r\nConnection: close');
    expect(performance.now() - before).toBeLessThan(3000);
    client.write(get(''));
    await client.expectClosed(ENGINE_MS);
    expect(client.answers).toHaveLength(1);
  });

  it.each([
    ['a connection that brings nothing', 'plain', ''],
    ['a TLS handshake that brings nothing', 'tls', ''],
    ['half a ClientHello', 'tls', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ] as const)('%s: closed without a word after timeouts.read, by the door', async (_name, wire, bytes) => {
    const before = performance.now();
    const client = await RawClient.connect(portOf(bed, wire));
    client.write(bytes);
    await client.expectClosed();
    expect(performance.now() - before).toBeGreaterThan(READ_MS - 5);
    expect(client.text()).toBe('');
    client.close();
  });

  it.each(WIRES)('random bytes of clients that wait for ever (%s): all are closed', async (wire) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: VOLLEY, maxLength: VOLLEY }),
        async (texts) => {
          await Promise.all(
            texts.map(async (bytes) => {
              const client = await connect(bed, wire);
              client.write(bytes);
              await client.expectClosed(ENGINE_MS);
            }),
          );
        },
      ),
      { numRuns: 1 },
    );
    expect(bed.penstock.exit()).toBeNull();
  });

  it('an idle connection: closed without a word', async () => {
    const client = await connect(bed);
    client.write(`${LINE}\r\nHost: unknown.test\r\n\r\n`);
    expect((await client.readAnswer()).status).toBe(404);
    const { length } = client.text();
    await client.expectClosed(ENGINE_MS);
    expect(client.text()).toHaveLength(length);
  });
});
