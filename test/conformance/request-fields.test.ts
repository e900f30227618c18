import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  type Bed,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  onEngine,
  onlyOn,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed.stop());

const LINE = 'GET /a HTTP/1.1';
const get = (fields: string): string => `${LINE}\r\nHost: ${HOST}\r\n${fields}\r\n`;
const byte = (octet: number): string => String.fromCharCode(octet);
const hex = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const TAB = 0x09;
const CR = 0x0d;
/** All but TAB, which may stand in a value, and CR, for which see "a bare CR". */
const CONTROLS = [...range(0x00, 0x1f), 0x7f].filter((octet) => octet !== TAB && octet !== CR);
/** RFC 9110 5.6.2: no delimiter is part of a token. */
const DELIMITERS = ['(', ')', ',', '/', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}', '"'];

describe.each(WIRES)('field lines, RFC 9112 5 (%s)', (wire) => {
  describe('names', () => {
    it.each(CONTROLS.concat(TAB, 0x20, 0x80, 0xa0, 0xff).map(hex))('with %s inside: 400', async (code) => {
      await expectRefused(bed, wire, get(`X${byte(Number(code))}Y: v\r\n`), { status: 400, by: 'uws' });
    });

    it.each(DELIMITERS)('with %s inside: 400', async (delimiter) => {
      await expectRefused(bed, wire, get(`X${delimiter}Y: v\r\n`), { status: 400, by: 'uws' });
    });

    it.each([
      ['a blank before the colon', 'X : v\r\n'],
      ['a tab before the colon', 'X\t: v\r\n'],
      ['a blank before the name', ' X: v\r\n'],
      ['no colon', 'Xv\r\n'],
      ['a CR before the colon', 'X\r: v\r\n'],
    ])('%s: 400', async (_name, fields) => {
      await expectRefused(bed, wire, get(fields), { status: 400, by: 'uws' });
    });

    it('every token character goes on', async () => {
      const field = "X-!#$%&'*+.^_`|~09-Az: v";
      await expectForwarded(
        bed,
        wire,
        get(`${field}\r\n`),
        forwarded(bed, wire, { line: LINE, fields: [field] }),
      );
    });

    const hidden = `GET /hidden HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

    onlyOn('node', () => {
      it.each([
        ['before others', 'X: v\r\n: w\r\nY: z\r\n'],
        ['alone', ':\r\n'],
        ['before a length', `: w\r\nContent-Length: ${hidden.length}\r\n`],
      ])('an empty one, %s: 400, and nothing behind it is served', async (_name, fields) => {
        await expectRefused(bed, wire, get(fields) + hidden, { status: 400 });
      });
    });

    // uWebSockets.js takes an empty name as the end of the list, for itself and for all who ask it: what follows is seen by no one.
    onlyOn('uws', () => {
      it('engine limit: an empty name hides the lines behind it, which then reach no one', async () => {
        const text = forwarded(bed, wire, { line: LINE, fields: ['X: v'] });
        await expectForwarded(bed, wire, get('X: v\r\n: w\r\nY: z\r\n'), text);
      });

      it('engine limit: a length behind an empty name is not seen; its body is a broken request, and cut', async () => {
        await expectRefused(bed, wire, get(`: w\r\nContent-Length: ${hidden.length}\r\n`) + hidden, {
          status: 'cut',
          begun: forwarded(bed, wire, { line: LINE }),
        });
      });
    });
  });

  describe('values', () => {
    it.each(CONTROLS.map(hex))('with %s inside: 400', async (code) => {
      await expectRefused(bed, wire, get(`X: v${byte(Number(code))}w\r\n`), {
        status: 400,
        by: Number(code) === 0x7f ? 'penstock' : 'uws',
      });
    });

    it.each([
      ['behind', 'X: v\0\r\n'],
      ['before', 'X: \0v\r\n'],
      ['alone in', 'X: \0\r\n'],
    ])('with NUL %s a value: 400', async (_name, fields) => {
      await expectRefused(bed, wire, get(fields), { status: 400, by: 'uws' });
    });

    it.each([
      ['with blanks and tabs inside', 'X: v \t w'],
      ['with blanks and tabs around', 'X: \t v \t '],
      ['without a blank before', 'X:v'],
      ['that are empty', 'X:'],
      ['that are blank', 'X:  \t '],
      ['with colons', 'X::a:b:'],
      ['with UTF-8 inside', 'X: a\xc3\xa9z'],
      ['with every visible character', 'X: !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    ])('%s go on', async (_name, field) => {
      const text = forwarded(bed, wire, { line: LINE, fields: [field] });
      await expectForwarded(bed, wire, get(`${field}\r\n`), text);
    });

    it.each([
      ['a continuation line', 'X: v\r\n w\r\n'],
      ['a continuation line with a tab', 'X: v\r\n\tw\r\n'],
      ['an empty continuation line', 'X: v\r\n \r\n'],
    ])('%s (obs-fold): 400', async (_name, fields) => {
      await expectRefused(bed, wire, get(fields), { status: 400, by: 'uws' });
    });

    // What the Node engine does with each of these octets: node-field-bytes.test.ts.
    onlyOn('uws', () => {
      // uWebSockets.js hands values on as UTF-8 and trims with signed characters.
      it.each([
        ['Latin-1 inside becomes U+FFFD', 'X: a\xe9z\r\n', 'X: a\xef\xbf\xbdz'],
        ['bytes from 0x80 up at the end are lost', 'X: voil\xc3\xa0\r\n', 'X: voil'],
        ['bytes from 0x80 up at the front are lost', 'X: \xc3\xa9t\r\n', 'X: t'],
        ['a value of such bytes alone is lost', 'X: \xc3\xa9\r\n', 'X: '],
      ])('engine limit: %s', async (_name, fields, line) => {
        await expectForwarded(bed, wire, get(fields), forwarded(bed, wire, { line: LINE, fields: [line] }));
      });
    });
  });

  describe('a bare LF', () => {
    it.each([
      ['between two fields', get('X: v\nY: w\r\n'), 400],
      ['before the empty line', `${LINE}\r\nHost: ${HOST}\r\nX: v\n\r\n`, 400],
      ['as the empty line', `${LINE}\r\nHost: ${HOST}\r\n\n`, 400],
      ['behind the request line', `${LINE}\nHost: ${HOST}\r\n\r\n`, 505],
      ['everywhere', `${LINE}\nHost: ${HOST}\n\n`, 505],
      ['nowhere, but bare CRs', `${LINE}\rHost: ${HOST}\r\r`, 505],
    ])('%s: refused', async (_name, text, byUws) => {
      await expectRefused(bed, wire, text, { status: onEngine({ node: 400, uws: byUws }), by: 'uws' });
    });
  });

  onlyOn('node', () => {
    // For uWebSockets.js, which waits for an LF, see uws-engine-timers.test.ts.
    it.each([
      ['in a value', 'X: v\rw\r\n'],
      ['that would hide a field', 'X: v\rTransfer-Encoding: chunked\r\n'],
      ['before the CRLF', 'X: v\r\r\n'],
      ['in place of the empty line', '\r'],
    ])('a bare CR %s: 400', async (_name, fields) => {
      await expectRefused(bed, wire, get(fields), { status: 400 });
    });
  });

  it('repeated fields go on in their order, each on its own line', async () => {
    const fields = ['Accept: a', 'Cookie: a=1', 'Accept: b', 'COOKIE: b=2', 'accept: a'];
    const text = forwarded(bed, wire, { line: LINE, fields });
    await expectForwarded(bed, wire, get(`${fields.join('\r\n')}\r\n`), text);
  });

  it('Host behind other fields goes on as the first', async () => {
    const text = forwarded(bed, wire, { line: LINE, fields: ['X: v'] });
    await expectForwarded(bed, wire, `${LINE}\r\nX: v\r\nHost: ${HOST}\r\n\r\n`, text);
  });

  describe('Host, RFC 9112 3.2', () => {
    it.each([
      ['missing', `${LINE}\r\nX: v\r\n\r\n`],
      ['twice', `${LINE}\r\nHost: ${HOST}\r\nHost: ${HOST}\r\n\r\n`],
      ['twice, differing', `${LINE}\r\nHost: ${HOST}\r\nHost: evil.test\r\n\r\n`],
      ['twice, in another case', `${LINE}\r\nHost: ${HOST}\r\nHOST: evil.test\r\n\r\n`],
    ])('%s: 400', async (_name, text) => {
      await expectRefused(bed, wire, text, { status: 400, by: 'uws' });
    });

    it.each([
      'user@t.test',
      't.test, evil.test',
      't.test evil.test',
      't.test/a',
      't.test?a',
      't.test#a',
      't.test\\a',
      't.test:',
      't.test:99999',
      't.test:80:80',
      't.test:8o',
      't..test',
      '.t.test',
      ':80',
      '[::1',
      '[::g]',
      '[fe80::1%eth0]',
      '%74.test',
      "t'test",
      't.test;a',
      '<t.test>',
    ])('%j: 400', async (host) => {
      const text = `${LINE}\r\nHost: ${host}\r\n\r\n`;
      // An empty port is a port (RFC 3986 3.2.3).
      if (host === 't.test:')
        await expectForwarded(bed, wire, text, forwarded(bed, wire, { line: LINE, host }));
      else await expectRefused(bed, wire, text, { status: 400 });
    });

    it.each(['T.TEST', 't.test.', 't.test:8080', 'T.tESt.:1'])(
      '%s finds the route and goes on as it came',
      async (host) => {
        const text = `${LINE}\r\nHost: ${host}\r\n\r\n`;
        await expectForwarded(bed, wire, text, forwarded(bed, wire, { line: LINE, host }));
      },
    );
  });
});
