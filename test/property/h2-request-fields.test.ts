/** Whatever well-formed head a client sends, its fields reach HTTP/2 in order and unchanged, and node:http2 takes them. */

import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FieldNames } from '../../src/worker/upstream/h2/field-names.ts';
import { openStream, type StreamOwner } from '../../src/worker/upstream/h2/open-stream.ts';
import { requestFields } from '../../src/worker/upstream/h2/request-fields.ts';
import { RequestFraming } from '../../src/worker/upstream/upstream-call.ts';
import { within } from '../support/wait-for.ts';

/** Without blanks around it; 0xa0 is none. */
const bare = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');
const NOT_SENT = [
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];
const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const common = fc.constantFrom(
  'Accept',
  'COOKIE',
  'authorization',
  'Content-Type',
  'X-A',
  'Connection',
  'TE',
  '__proto__',
);
const octet = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f);
const value = fc.array(octet, { maxLength: 20 }).map((codes) => bare(String.fromCharCode(...codes)));
const fields = fc.array(fc.tuple(fc.oneof(token, common), value), { maxLength: 20 });
const path = fc.stringMatching(/^\/[!-"$-~]{0,20}$/);
const method = token.filter((name) => name !== 'CONNECT');

describe('request fields of HTTP/2', () => {
  const names = new FieldNames();
  const server = createServer({ settings: { maxHeaderListSize: 1 << 20 } });
  let got: readonly string[] = [];
  let session: ReturnType<typeof connect>;

  beforeAll(async () => {
    server.on('stream', (stream, _headers, _flags, ...more) => {
      [got] = more as unknown as [readonly string[]];
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    session.on('error', () => {});
  });

  afterAll(async () => {
    session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are those of the head', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, fields, fc.boolean(), async (verb, target, written, acceptsTrailers) => {
        const lines = written.map(([name, text]) => `${name}: ${text}\r\n`).join('');
        const head = `${verb} ${target} HTTP/1.1\r\nHost: h.test\r\n${lines}\r\n`;
        await within(
          new Promise<void>((resolve) => {
            const owner = { onStreamClosed: resolve } as unknown as StreamOwner;
            for (const name of ['onInterim', 'onHead', 'onPiece', 'onTrailers', 'onEndSeen', 'onEnd'])
              Object.assign(owner, { [name]: () => {} });
            const sent = requestFields(head, 'http', acceptsTrailers, names);
            expect(openStream(session, sent, RequestFraming.NONE, owner)).not.toBeNull();
          }),
          { what: 'the end of the stream' },
        );
        const pseudo = [':method', verb, ':scheme', 'http', ':path', target, ':authority', 'h.test'];
        expect(got.slice(0, 8)).toEqual(pseudo);
        expect(byName(pairs(got.slice(8)))).toEqual(byName(expected(written, acceptsTrailers)));
      }),
      { numRuns: 300 },
    );
  });
});

const pairs = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] as string, raw[2 * i + 1] as string]);

function expected(
  written: readonly (readonly [string, string])[],
  acceptsTrailers: boolean,
): [string, string][] {
  const sent = written
    .map(([name, text]): [string, string] => [name.toLowerCase(), text])
    .filter(([name]) => !NOT_SENT.includes(name));
  return acceptsTrailers ? [...sent, ['te', 'trailers']] : sent;
}

/** Values by name, a list of several as one: fields that HTTP/2 wants once are joined, and all others with them. */
function byName(list: readonly (readonly [string, string])[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, text] of list) {
    const before = map.get(name);
    map.set(name, before === undefined ? text : `${before}${name === 'cookie' ? '; ' : ', '}${text}`);
  }
  const trimmed = [...map].map(([name, text]): [string, string] => [name, bare(text)]);
  return new Map(trimmed.sort(([a], [b]) => (a < b ? -1 : 1)));
}
