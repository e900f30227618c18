import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  forwarded,
  HOST,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed.stop());

const LINE = 'GET /a HTTP/1.1';
const hex = (octet: number): string => `0x${octet.toString(16)}`;
const OBS_TEXT = Array.from({ length: 0x80 }, (_, i) => 0x80 + i);
const TCHAR = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const VCHAR = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).join('');

describe.each(WIRES)('field lines reach the origin byte for byte, RFC 9110 5 (%s)', (wire) => {
  const goOn = (fields: readonly string[]): Promise<void> =>
    expectForwarded(
      bed,
      wire,
      `${LINE}\r\nHost: ${HOST}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`,
      forwarded(bed, wire, { line: LINE, fields }),
    );

  it.each([
    ['names in any case', ['ACCEPT: a', 'accept-ENCODING: b', 'x-Forwarded: c', 'uSER-aGENT: d']],
    ['every character of a name', [`${TCHAR}: v`]],
    ['names of one character', [...TCHAR].map((character) => `${character}: v`)],
    ['the same name in several cases, in order', ['X-A: 1', 'x-a: 2', 'X-a: 3', 'X-A: 4']],
    ['every visible character of a value', [`X: ${VCHAR}`]],
    ['blanks around a value, and none', ['A:v', 'B:  v', 'C:\tv', 'D: v ', 'E: v\t \t', 'F: \t v']],
    ['blanks inside', ['X: a  b', 'Y: a\tb', 'Z: a \t b']],
    ['empty and blank values', ['A:', 'B: ', 'C:\t', 'D: \t ']],
    ['Latin-1', ['X: caf\xe9', '\x58: \xe9', 'Y: na\xefve \xfcber']],
    ['UTF-8', ['X: caf\xc3\xa9', 'Y: \xe2\x82\xac', 'Z: \xf0\x9f\x8f\xb3']],
    ['UTF-8 at the ends', ['X: \xc3\xa9t\xc3\xa9', 'Y: \xc2\xa0v\xc2\xa0']],
    ['broken UTF-8', ['X: \xc3', 'Y: \xa9\xc3', 'Z: \xed\xa0\x80', 'A: \xf5\x80\x80\x80']],
    ['the mark of a replaced byte', ['X: \xef\xbf\xbd']],
    ['quoted strings and commas', ['X: "a, \\"b\\"", c', 'Y: ,, ,']],
    ['a value of 4,000 octets', [`X: ${'\xff'.repeat(4000)}`]],
  ])('%s', async (_name, fields) => {
    await goOn(fields);
  });

  it.each(OBS_TEXT.map(hex))('%s: before, inside and behind a value, and alone', async (code) => {
    const octet = String.fromCharCode(Number(code));
    await goOn([`A: ${octet}v`, `B: v${octet}w`, `C: v${octet}`, `D: ${octet}`, `E:${octet} \t${octet} `]);
  });

  it('all of them at once, in any order', async () => {
    const all = OBS_TEXT.map((octet) => String.fromCharCode(octet)).join('');
    await goOn([`X: ${all}`, `Y: ${[...all].reverse().join('')}`, `Z: ${all} ${all}`]);
  });

  it('around lines that are taken out, nothing else is touched', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(
      `${LINE}\r\nA:\t\xe9 \r\nX-Forwarded-For: 6.6.6.6\r\nB:b\r\nhOST:\t${HOST} \r\nC: \xff\r\nConnection: X-Drop\r\n` +
        'x-dRop: \xe9\r\nD:d\r\nUpgrade: x\r\nE: \r\nX_Real_IP: 6.6.6.6\r\nF:f \r\n\r\n',
    );
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    const fields = ['A:\t\xe9 ', 'B:b', 'C: \xff', 'D:d', 'E: ', 'F:f '];
    expect(since()).toBe(forwarded(bed, wire, { line: LINE, fields }));
  });

  it('a request in pieces of any size gives the same', async () => {
    const fields = ['x-CASE:  caf\xe9 ', 'Y:\t\xc3\xa9\t', 'Z:'];
    const bytes = `${LINE}\r\nHost: ${HOST}\r\n${fields.join('\r\n')}\r\n\r\n`;
    const since = recordFrom(bed);
    const sizes = [1, 2, 3, 5, 7, 11, 13, 17];
    for (const size of sizes) {
      const client = await connect(bed, wire);
      for (let at = 0; at < bytes.length; at += size) {
        client.write(bytes.slice(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await client.readAnswer()).status).toBe(200);
      client.close();
    }
    expect(since()).toBe(forwarded(bed, wire, { line: LINE, fields }).repeat(sizes.length));
  });
});
