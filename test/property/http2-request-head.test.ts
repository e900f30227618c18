import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { normalizeHost } from '../../src/kit/host.ts';
import { requestText } from '../../src/worker/exchange/request-text.ts';
import { readRequestHead, readTrailers } from '../../src/worker/listener/node/http2-request-head.ts';
import { RequestBody, type RequestHead } from '../../src/worker/listener/request-head.ts';
import { feed } from '../support/request-events.ts';

const RUNS = 5_000;

const octet = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019-_./:;,="') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\r', '\n', '\r\n', '\0', ' ', '\t', '\x7f', '#', '?', '\x80', '\xff'),
  },
);
const text = fc.array(octet, { maxLength: 12 }).map((all) => all.join(''));
const name = fc.oneof(
  text,
  fc.constantFrom(
    'host',
    'cookie',
    'te',
    'accept',
    'user-agent',
    'content-length',
    'transfer-encoding',
    'connection',
  ),
  fc.constantFrom(
    'x-forwarded-for',
    'x_forwarded_for',
    'expect',
    'x-request-id',
    'upgrade',
    'trailer',
    ':path',
    ':x',
  ),
);
const value = fc.oneof(
  text,
  fc.constantFrom('', 'a.test', 'b.test', 'trailers', 'chunked', '0', '5', '100-continue', 'close'),
);
const fields = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((all) => all.flat());
/** Mostly sound, so that what comes behind is looked at. */
const mostly = (sound: readonly string[], other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...sound) }, { weight: 1, arbitrary: other });
const pseudo = fc
  .tuple(
    mostly(['GET', 'POST', 'OPTIONS', 'CONNECT'], text),
    mostly(['https', 'http'], text),
    mostly(
      ['/', '/a?b', '*'],
      fc.oneof(
        text,
        text.map((rest) => `/${rest}`),
      ),
    ),
    fc.option(mostly(['a.test', 'a.test:8443'], text), { freq: 8 }),
  )
  .map(([method, scheme, path, authority]) => [
    ...[':method', method, ':scheme', scheme, ':path', path],
    ...(authority === null ? [] : [':authority', authority]),
  ]);

function forwarded(head: RequestHead): string {
  const to = { target: head.target, host: head.host, requestId: 'id' };
  const from = { peer: '10.0.0.1', client: '10.0.0.1', trusted: false, tls: false, localPort: 80 };
  return requestText(head, { ...to, ...from }, null);
}

/** What was accepted has one reading: a strict parser of HTTP/1 sees one request, with the same target and framing. */
function expectOneReading(head: RequestHead): void {
  expect(head.lines).toMatch(
    /^([!#$%&'*+.^_`|~0-9a-z-]+: ([\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?\r\n)*$/,
  );
  const [again, ...others] = feed(forwarded(head));
  expect(others).toEqual([]);
  expect(again).toMatchObject({ isWhole: true, keepAlive: true });
  expect(again?.head).toMatchObject({
    method: head.method,
    target: head.target,
    host: head.host,
    body: head.body,
    contentLength: head.contentLength,
    fault: Fault.NONE,
  });
}

describe('read-request-head, any fields', () => {
  it('what is accepted cannot be read in two ways behind us', () => {
    let accepted = 0;
    fc.assert(
      fc.property(pseudo, fields, fc.boolean(), (first, rest, ended) => {
        const head = readRequestHead([...first, ...rest], ended);
        // The grammar of a host is the exchange's business.
        if (head === null || head.fault !== Fault.NONE || normalizeHost(head.host) === null) return;
        accepted++;
        expectOneReading(head);
        expect(head.hasBody ? ended : false).toBe(false);
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 100);
  });

  it('sound fields are accepted, each once and in order, with its octets', () => {
    const sound = fc.tuple(
      fc
        .array(fc.constantFrom(...'abc019-_.~'), { minLength: 1, maxLength: 8 })
        .map((all) => `y${all.join('')}`),
      fc.array(fc.constantFrom(...'abc =;,\t\x80\xff'), { maxLength: 12 }).map((all) => all.join('').trim()),
    );
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 10 }), fc.boolean(), (all, ended) => {
        // `trim` takes more than blanks, so that nothing odd is at the ends.
        const head = readRequestHead(
          [':method', 'PUT', ':scheme', 'http', ':path', '/', ':authority', 'a', ...all.flat()],
          ended,
        );
        expect(head?.fault).toBe(Fault.NONE);
        expect(head?.lines).toBe(all.map(([one, its]) => `${one}: ${its}\r\n`).join(''));
        expect(head?.body).toBe(ended ? RequestBody.NONE : RequestBody.CHUNKED);
      }),
      { numRuns: RUNS },
    );
  });

  it('trailers are lines that end nothing', () => {
    fc.assert(
      fc.property(fields, (all) => {
        expect(readTrailers(all) ?? '').toMatch(/^([!#$%&'*+.^_`|~0-9a-z-]+: [\t\x20-\x7e\x80-\xff]*\r\n)*$/);
      }),
      { numRuns: RUNS },
    );
  });
});
