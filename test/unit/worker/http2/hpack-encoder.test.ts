import { describe, expect, it } from 'vitest';
import { HpackDecoder, HpackOutcome } from '../../../../src/worker/http2/hpack-decoder.ts';
import { HpackEncoder, NO_ROOM, worstCase } from '../../../../src/worker/http2/hpack-encoder.ts';

const DATE = 'Tue, 04 Aug 2026 10:00:00 GMT';

/** An encoder and the decoder of its peer; each block is also given in hexadecimal digits. */
function connection() {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096, Buffer.alloc(4096));
  const out = Buffer.alloc(70_000);
  const read = (end: number) => {
    const fields: string[] = [];
    expect(decoder.decode(out, 5, end, 1_000_000, 10_000, fields)).toBe(HpackOutcome.OK);
    return { hex: out.toString('hex', 5, end), octets: end - 5, fields };
  };
  return {
    encoder,
    respond: (lines: string, { status = 200, date = '', length = -1 } = {}) =>
      read(encoder.response(out, 5, status, date, Buffer.from(lines, 'latin1'), length)),
    trail: (lines: string) => read(encoder.trailers(out, 5, lines)),
  };
}

const fieldsOf = (lines: string): string[] => connection().respond(lines).fields.slice(2);

describe('hpack-encoder', () => {
  it('writes RFC 7541 C.6.1 but for the status and the location, which are no entries here', () => {
    const { respond } = connection();
    const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
    const { hex, fields } = respond('Cache-Control: private', { status: 302, date });
    expect(hex).toBe(`0803333032${'6196d07abe941054d444a8200595040b8166e082a62d1bff'}${'5885aec3771a4b'}`);
    expect(fields).toEqual([':status', '302', 'date', date, 'cache-control', 'private']);
    expect(respond('Cache-Control: private', { status: 307, date }).hex).toBe('0803333037bfbe');
  });

  it('writes the statuses that everybody knows by number, and 502 for what is none', () => {
    const { respond } = connection();
    expect([200, 204, 206, 304, 400, 404, 500].map((status) => respond('', { status }).hex)).toEqual([
      '88',
      '89',
      '8a',
      '8b',
      '8c',
      '8d',
      '8e',
    ]);
    for (const status of [100, 103, 201, 301, 599])
      expect(respond('', { status }).fields).toEqual([':status', String(status)]);
    for (const status of [600, 999]) expect(respond('', { status }).fields).toEqual([':status', '502']);
  });

  it('writes a length of any size behind the lines', () => {
    for (const length of [0, 9, 10, 99, 100, 1023, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(connection().respond('a: b', { length }).fields).toEqual([
        ':status',
        '200',
        'a',
        'b',
        'content-length',
        String(length),
      ]);
    }
  });

  it('leaves out framing, the connection and the date of others', () => {
    const names =
      'Connection Keep-Alive Proxy-Connection Transfer-Encoding Upgrade TE HTTP2-Settings Date Content-Length';
    const lines = names.split(' ').flatMap((name) => [`${name}: x`, `${name.toLowerCase()}:y`]);
    expect(fieldsOf([...lines, 'last: z'].join('\r\n'))).toEqual(['last', 'z']);
    expect(connection().trail(`${lines.join('\r\n')}\r\n`).fields).toEqual([]);
  });

  it('leaves out what is no field', () => {
    const lines = 'nothing\r\n: a\r\nX Y: b\r\n:status: 500\r\nX\x80: c\r\nX@: d\r\n\r\nx-good: e\r\nnothing';
    expect(fieldsOf(lines)).toEqual(['x-good', 'e']);
  });

  it('takes the blanks from around a value, and nothing from inside', () => {
    const lines = 'a:b\r\nc:  d \t\r\ne: f: g  h\r\ni:\r\nj: \t \r\nk: \x80\xff\rl \r\nm: ';
    const fields = ['a', 'b', 'c', 'd', 'e', 'f: g  h', 'i', '', 'j', '', 'k', '\x80\xff\rl', 'm', ''];
    expect(fieldsOf(lines)).toEqual(fields);
    // Also where the value is known.
    const { respond } = connection();
    respond('c: d');
    expect(respond('C:  d \t\r\nc: d').hex).toBe('88bebe');
    expect(respond('c: dd\r\nc:').fields).toEqual([':status', '200', 'c', 'dd', 'c', '']);
  });

  it('sends names in lower case, lines in their order', () => {
    expect(fieldsOf('X-B: 1\r\nx-a: 2\r\nX-b: 3\r\nSet-Cookie: c=d\r\nSET-COOKIE: e=f')).toEqual([
      'x-b',
      '1',
      'x-a',
      '2',
      'x-b',
      '3',
      'set-cookie',
      'c=d',
      'set-cookie',
      'e=f',
    ]);
  });

  it('sends what comes again by its number', () => {
    const { respond } = connection();
    const lines = 'Server: nginx\r\nContent-Type: text/html\r\nX-Own: a value';
    respond(lines, { date: DATE });
    expect(respond(lines, { date: DATE }).hex).toBe('88c1c0bfbe');
    const other = respond(lines.replace('html', 'css'), { date: DATE });
    expect(other.fields.slice(4)).toEqual([
      'server',
      'nginx',
      'content-type',
      'text/css',
      'x-own',
      'a value',
    ]);
    expect(respond(lines, { date: DATE }).hex).toBe('88c2c1c0bf');
    expect(respond(lines.replace('html', 'css'), { date: DATE }).hex).toBe('88c2c1bebf');
  });

  it('sends the date of another second once', () => {
    const { respond } = connection();
    const next = DATE.replace(':00 ', ':01 ');
    expect([DATE, DATE, next, next, DATE].map((date) => respond('', { date }).octets)).toEqual([
      25, 2, 25, 2, 25,
    ]);
    expect(respond('', { date: next }).fields).toEqual([':status', '200', 'date', next]);
  });

  it.each(['Age: 17', 'ETag: "abc"', 'Last-Modified: never', 'Location: /a', 'Content-Range: bytes 0-1/2'])(
    'makes no entry of %s',
    (line) => {
      const { respond } = connection();
      const { hex } = respond(line);
      // Without indexing, name by number (RFC 7541 6.2.2).
      expect(hex).toMatch(/^880f/);
      expect(respond(line).hex).toBe(hex);
    },
  );

  it.each([
    ['Set-Cookie', '1f28'],
    ['WWW-Authenticate', '1f2e'],
    ['X-Csrf-Token', '10'],
  ])('marks %s as one that nobody may index', (name, first) => {
    const { respond } = connection();
    const { hex } = respond(`${name}: secret`);
    expect(hex.startsWith(`88${first}`)).toBe(true);
    expect(hex.endsWith(Buffer.from('secret').toString('hex'))).toBe(true);
    expect(respond(`${name}: secret`).hex).toBe(hex);
  });

  it('learns which of the names that it does not know vary', () => {
    const { respond } = connection();
    respond('X-Request-Id: 1\r\nX-Version: 7');
    // A literal whose name is an entry; then what stays.
    expect(respond('X-Request-Id: 2\r\nX-Version: 7').hex).toBe('880f300132be');
    expect(respond('X-Request-Id: 33\r\nX-Version: 7').hex).toBe('880f30023333be');
    expect(respond('X-Request-Id: 1\r\nX-Version: 7').hex).toBe('88bfbe');
  });

  it('makes no entry of what would drive out more than half of the others', () => {
    const { respond } = connection();
    const fits = `link: ${'x'.repeat(2048 - 32 - 4)}`;
    respond(fits);
    expect(respond(fits).hex).toBe('88be');
    const octets = respond(`${fits}x`).octets;
    expect(octets).toBeGreaterThan(2000);
    expect(respond(`${fits}x`).octets).toBe(octets);
    expect(respond(fits).hex).toBe('88be');
  });

  it('answers each size of the table that the peer asks for', () => {
    const { encoder, respond, trail } = connection();
    respond('server: a');
    encoder.limitTable(65_536);
    expect(respond('server: a').hex).toBe('88be');
    encoder.limitTable(0);
    expect(respond('server: a', { date: DATE }).hex).toMatch(/^20880f12/);
    expect(respond('server: a').hex).toBe('880f270161');
    encoder.limitTable(4096);
    expect(respond('server: a').hex).toMatch(/^3fe11f8876/);
    // Less and more between two blocks: what the peer dropped is not told by number.
    encoder.limitTable(10);
    encoder.limitTable(4096);
    expect(trail('server: a\r\n').hex).toMatch(/^2a3fe11f76/);
    encoder.limitTable(100);
    encoder.limitTable(200);
    encoder.limitTable(80);
    encoder.limitTable(300);
    expect(respond('server: a').hex).toBe('3f313f8d0288be');
    expect(respond('server: a').hex).toBe('88be');
  });

  it('sends no date by the number of another where the table is too small for it', () => {
    const { encoder, respond } = connection();
    respond('', { date: DATE });
    encoder.limitTable(100);
    const next = DATE.replace(':00 ', ':01 ');
    for (let i = 0; i < 3; i++)
      expect(respond('', { date: next }).fields).toEqual([':status', '200', 'date', next]);
    expect(respond('', { date: DATE }).fields).toEqual([':status', '200', 'date', DATE]);
  });

  it('tells what looks the same from what is the same', () => {
    const { respond } = connection();
    // Alike in length and in every octet that is looked at first.
    const values = Array.from({ length: 20 }, (_, i) => `ab${String.fromCharCode(97 + i)}defghijklmnop`);
    for (let round = 0; round < 3; round++) {
      for (const value of values) {
        expect(respond(`server: ${value}`).fields.slice(2)).toEqual(['server', value]);
        const name = `x-${value}`;
        expect(respond(`${name}: 1`).fields.slice(2)).toEqual([name, '1']);
      }
    }
  });

  it('writes nothing, and forgets nothing, where the worst case has no room', () => {
    const encoder = new HpackEncoder();
    encoder.limitTable(100);
    const lines = Buffer.from('server: a');
    const out = Buffer.alloc(worstCase(lines.length) - 1, 0x55);
    expect(encoder.response(out, 0, 200, DATE, lines, 5)).toBe(NO_ROOM);
    expect(encoder.trailers(out, 0, 'server: a')).toBe(NO_ROOM);
    expect(out.every((octet) => octet === 0x55)).toBe(true);
    const enough = Buffer.alloc(worstCase(lines.length) + 3);
    expect(encoder.response(enough, 3, 200, '', lines, -1)).toBeGreaterThan(3);
    expect(enough.toString('hex', 3, 6)).toBe('3f4588');
  });
});
