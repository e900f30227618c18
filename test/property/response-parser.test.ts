import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { feed, type ResponseRecord } from '../support/response-events.ts';

const RUNS = 3000;

const charOf = (characters: string) => fc.constantFrom(...characters);
const token = fc
  .array(charOf("abcXYZ019!#$%&'*+-.^_`|~"), { minLength: 1, maxLength: 20 })
  .map((characters) => characters.join(''));
const text = fc
  .array(
    fc.oneof(
      charOf(' \tabcXYZ:,;="'),
      fc.integer({ min: 0x80, max: 0xff }).map((octet) => String.fromCharCode(octet)),
    ),
    {
      maxLength: 40,
    },
  )
  .map((characters) => characters.join(''));
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Names that mean something are written by the framing below, never by chance. */
const RESERVED = /^(connection|content-length|transfer-encoding|keep-alive)$/i;
const line = fc
  .tuple(token, fc.constantFrom('', ' ', '\t ', '   '), text, fc.constantFrom('', ' \t'))
  .filter(([name]) => !RESERVED.test(name))
  .map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`);

const chunkedBody = fc
  .tuple(
    fc.array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.constantFrom('', ';a', ' ; a="b"', ';;;')),
      {
        maxLength: 6,
      },
    ),
    fc.array(line, { maxLength: 3 }),
  )
  .map(([chunks, trailers]) => {
    const pieces = chunks.map(([data, extension], i) => {
      const size = data.length.toString(16);
      return `${i % 2 === 0 ? size.toUpperCase() : `0${size}`}${extension}\r\n${Buffer.from(data).toString('latin1')}\r\n`;
    });
    return {
      wire: `${pieces.join('')}0\r\n${trailers.join('')}\r\n`,
      body: chunks.map(([data]) => Buffer.from(data).toString('latin1')).join(''),
    };
  });

interface Valid {
  readonly stream: string;
  readonly requestIsHead: boolean;
  readonly body: string;
  readonly end: ResponseRecord['end'];
}

const validStream: fc.Arbitrary<Valid> = fc
  .record({
    interim: fc.array(fc.tuple(fc.constantFrom(100, 102, 103, 199), fc.array(line, { maxLength: 3 })), {
      maxLength: 3,
    }),
    status: fc.constantFrom(200, 201, 204, 304, 404, 500, 599, 999),
    reason: text,
    lines: fc.array(line, { maxLength: 12 }),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    plain: anyBytes,
    coded: chunkedBody,
    requestIsHead: fc.boolean(),
  })
  .map(({ interim, status, reason, lines, framing, plain, coded, requestIsHead }) => {
    const heads = interim.map(([code, fields]) => `HTTP/1.1 ${code} \r\n${fields.join('')}\r\n`).join('');
    const isBodiless = requestIsHead || status === 204 || status === 304;
    const field = {
      length: `Content-Length: ${plain.length}\r\n`,
      chunked: 'Transfer-Encoding: chunked\r\n',
      close: '',
    }[framing];
    const body = isBodiless ? '' : framing === 'chunked' ? coded.body : plain;
    const wire = isBodiless ? '' : framing === 'chunked' ? coded.wire : plain;
    const half = lines.length >> 1;
    const fields = `${lines.slice(0, half).join('')}${field}${lines.slice(half).join('')}`;
    return {
      stream: `${heads}HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n${wire}`,
      requestIsHead,
      body,
      end: framing === 'close' && !isBodiless ? ('open' as const) : ('complete' as const),
    };
  });

const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
const cutsOf = (length: number, parts: readonly number[]) =>
  parts.map((part) => Math.floor(part * length)).sort((a, b) => a - b);

describe('response-parser, any stream', () => {
  it('a valid response gives its body, and the same events at any split', () => {
    fc.assert(
      fc.property(validStream, fractions, ({ stream, requestIsHead, body, end }, parts) => {
        const whole = feed(stream, { requestIsHead });
        expect(whole).toMatchObject({ body, end, extra: 0, atFin: Fault.NONE });
        expect(feed(stream, { requestIsHead, cuts: cutsOf(stream.length, parts) })).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  it('a mutated response gives the same events or the same fault at any split', () => {
    const mutation = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.integer({ min: 0, max: 3 }),
      insert: fc.oneof(
        fc.constantFrom('', '\r', '\n', '\r\n', '\0', ' ', '\t', ':', ',', ';', '0', '-', '\x7f', '\xff'),
        fc.constantFrom(
          'Content-Length: 5\r\n',
          'Transfer-Encoding: chunked\r\n',
          'Connection: close\r\n',
          'HTTP/1.1 100 \r\n\r\n',
        ),
        fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
    });
    fc.assert(
      fc.property(
        validStream,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fractions,
        (valid, mutations, parts) => {
          let stream = valid.stream;
          for (const { at, remove, insert } of mutations) {
            const from = Math.floor(at * stream.length);
            stream = stream.slice(0, from) + insert + stream.slice(from + remove);
          }
          const options = { requestIsHead: valid.requestIsHead };
          const whole = feed(stream, options);
          expect(feed(stream, { ...options, cuts: cutsOf(stream.length, parts) })).toEqual(whole);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('any bytes at all end in an event or a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fractions, (bytes, parts) => {
        const whole = feed(bytes);
        expect(whole.head === null || whole.head.status >= 200).toBe(true);
        expect(feed(bytes, { cuts: cutsOf(bytes.length, parts) })).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  it('no forwarded line holds a control character but HTAB', () => {
    const dirty = fc.array(fc.oneof(text, anyBytes, fc.constant('\r\n'), fc.constant(': ')), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(dirty, (parts) => {
        const { head } = feed(`HTTP/1.1 200 OK\r\nA: ${parts.join('')}\r\n\r\n`);
        for (const raw of head?.raw ?? []) expect(raw).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
      }),
      { numRuns: RUNS },
    );
  });
});
