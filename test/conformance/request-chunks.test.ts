import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  expectOnly,
  expectRefused,
  forwarded,
  HOST,
  onEngine,
  onlyOn,
  type Refusal,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed.stop());

const post = (body: string, host = HOST): string =>
  `POST /a HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
const HIDDEN = `GET /hidden HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const HIDDEN_CHUNK = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

const asChunks = (body: string, wire: Wire): string =>
  forwarded(bed, wire, { line: 'POST /a HTTP/1.1', framing: 'Transfer-Encoding: chunked', body });
const HELLO = '5\r\nhello\r\n0\r\n\r\n';

/** `begun`: the chunks that the origin may have got by then. */
type Malformed = readonly [name: string, body: string, begun: string];

describe.each(WIRES)('the chunked coding of a request, RFC 9112 7.1 (%s)', (wire) => {
  describe('what is right', () => {
    it.each([
      ['one chunk', HELLO, HELLO],
      ['no data', '0\r\n\r\n', '0\r\n\r\n'],
      ['two chunks', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
      ['a digit in upper case', 'A\r\n0123456789\r\n0\r\n\r\n', 'a\r\n0123456789\r\n0\r\n\r\n'],
      ['leading zeros', '0005\r\nhello\r\n000\r\n\r\n', HELLO],
      [
        'data that looks like framing',
        '9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n',
        '9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n',
      ],
      ['data that looks like a request', HIDDEN_CHUNK, HIDDEN_CHUNK],
    ])('%s goes on in chunks of our own', async (_name, body, sent) => {
      await expectForwarded(bed, wire, post(body), asChunks(sent, wire));
    });
  });

  describe('what is malformed: 400, connection closed, no whole request at the origin', () => {
    it.each([
      ['a plus sign', '+5\r\nhello\r\n0\r\n\r\n', ''],
      ['a minus sign', '-5\r\nhello\r\n0\r\n\r\n', ''],
      ['a hexadecimal prefix', '0x5\r\nhello\r\n0\r\n\r\n', ''],
      ['an underscore', '5_0\r\nhello\r\n0\r\n\r\n', ''],
      ['a letter that is no digit', 'Q\r\nhello\r\n0\r\n\r\n', ''],
      ['2^64 + 5', '10000000000000005\r\nhello\r\n0\r\n\r\n', ''],
      ['2^64 - 1', 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n', ''],
      ['17 digits', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n', ''],
      ['a fault in the second size', '5\r\nhello\r\n-0\r\n\r\n', '5\r\nhello\r\n'],
    ])('%s', async (_name, body, begun) => {
      await expectRefused(bed, wire, post(body), { status: 400, by: 'uws', begun: asChunks(begun, wire) });
    });

    it('a line end in a quoted extension', async () => {
      // To one who looks for the end of the line first, the data begins behind it.
      const begun = onEngine({ node: '5\r\n"\r\nhe\r\n', uws: '' });
      await expectRefused(bed, wire, post('5;n="\r\n"\r\nhello\r\n0\r\n\r\n'), {
        status: 400,
        by: 'uws',
        begun: asChunks(begun, wire),
      });
    });
  });

  // uWebSockets.js reads chunk lines more loosely than RFC 9112 7.1, and hands on data only, so that no one behind it can
  // see what the lines were. What goes on is framed anew and has one reading (docs/limits-of-the-uws-engine.md).
  const LOOSE: readonly Malformed[] = [
    ['a blank behind the size', '5 \r\nhello\r\n0\r\n\r\n', ''],
    ['a tab behind the size', '5\t\r\nhello\r\n0\r\n\r\n', ''],
    ['a NUL behind the size', '5\0\r\nhello\r\n0\r\n\r\n', ''],
    ['a byte from 0x80 up behind the size', '5\xa0\r\nhello\r\n0\r\n\r\n', ''],
    ['two CRs', '5\r\r\nhello\r\n0\r\n\r\n', ''],
    ['a bare LF behind the size', '5\nhello\r\n0\r\n\r\n', ''],
    ['no CRLF behind the data', '5\r\nhelloXX0\r\n\r\n', '5\r\nhello\r\n'],
    ['23 digits that mean 5', '00000000000000000000005\r\nhello\r\n0\r\n\r\n', ''],
  ];
  const ZERO: readonly Malformed[] = [
    ['a blank before the size', ' 5\r\nhello\r\n0\r\n\r\n', ''],
    ['no size at all', '\r\nhello\r\n0\r\n\r\n', ''],
  ];
  const HIDING: readonly Malformed[] = [
    ['behind a blank size', ` \r\n\r\n${HIDDEN}`, ''],
    ['behind no size', `\r\n\r\n${HIDDEN}`, ''],
    ['in place of the last CRLF', `0\r\nXX${HIDDEN}`, '0\r\n\r\n'],
  ];
  const DIGITS: readonly Malformed[] = [
    ['a colon', '5:\r\nhello\r\n0\r\n\r\n', ''],
    ['an at sign', '@\r\nhello\r\n0\r\n\r\n', ''],
  ];

  onlyOn('node', () => {
    describe('what a looser parser would take: 400, connection closed, no whole request at the origin', () => {
      it.each<Malformed>([
        ...LOOSE,
        ...ZERO,
        ...DIGITS,
        ['a blank and an extension, without its semicolon', '5 x\r\nhello\r\n0\r\n\r\n', ''],
        ['a bare LF in an extension', '5;x\nhello\r\n0\r\n\r\n', ''],
        ['a bare CR in an extension', '5;x\ry\r\nhello\r\n0\r\n\r\n', ''],
        ['a bare LF behind the data', '5\r\nhello\n0\r\n\r\n', '5\r\nhello\r\n'],
        ['a bare LF behind the last size', '5\r\nhello\r\n0\n\r\n', '5\r\nhello\r\n'],
        ['a bare LF as the last line', '5\r\nhello\r\n0\r\n\n', '5\r\nhello\r\n'],
        ['a size beyond 2^53', '20000000000001\r\nhello\r\n0\r\n\r\n', ''],
        ['extensions of more than 1 KiB', `5;${'x'.repeat(1025)}\r\nhello\r\n0\r\n\r\n`, ''],
      ])('%s', async (_name, body, begun) => {
        await expectRefused(bed, wire, post(body), { status: 400, begun: asChunks(begun, wire) });
      });

      it.each(HIDING)('a request hidden %s', async (_name, body, begun) => {
        await expectRefused(bed, wire, post(body), { status: 400, begun: asChunks(begun, wire) });
      });
    });

    it.each([
      ['a name', '5;name\r\nhello\r\n0\r\n\r\n'],
      ['a name and a value', '5;name=value\r\nhello\r\n0\r\n\r\n'],
      ['a value in quotes', '5;n="a; b\\" c"\r\nhello\r\n0\r\n\r\n'],
      ['several, with blanks between', '5 ; a = b ;c\r\nhello\r\n0\r\n\r\n'],
      ['one of the last chunk', '5\r\nhello\r\n0;last\r\n\r\n'],
      ['hexadecimal letters', '5;a=b\r\nhello\r\n0\r\n\r\n'],
      ['1 KiB of them', `5;${'x'.repeat(1024)}\r\nhello\r\n0\r\n\r\n`],
    ])('extensions end here (RFC 9112 7.1.1): %s', async (_name, body) => {
      await expectForwarded(bed, wire, post(body), asChunks(HELLO, wire));
    });

    it('a request behind the last chunk is the next request', async () => {
      await expectForwarded(
        bed,
        wire,
        post(`0\r\n\r\n${HIDDEN}`),
        asChunks('0\r\n\r\n', wire) + forwarded(bed, wire, { line: 'GET /hidden HTTP/1.1' }),
        2,
      );
    });
  });

  onlyOn('uws', () => {
    describe('engine limit: taken, though malformed; the origin gets it well-formed', () => {
      it.each(LOOSE)('%s', async (_name, body) => {
        await expectForwarded(bed, wire, post(body), asChunks(HELLO, wire));
      });

      it.each(ZERO)('%s, which then is 0: the rest is never taken for a request', async (_name, body) => {
        const since = recordFrom(bed);
        const client = await connect(bed, wire);
        client.write(post(body));
        await waitFor(() => client.answers.length > 0 || client.closed(), { what: 'an end', intervalMs: 2 });
        client.close();
        await expectOnly(bed, wire, since, asChunks('0\r\n\r\n', wire));
      });

      it.each<Malformed>([...HIDING, ['behind the last chunk', `0\r\n\r\n${HIDDEN}`, '']])(
        'a request hidden %s: cut, and it reaches no one',
        async (_name, body) => {
          await expectRefused(bed, wire, post(body), { status: 'cut', begun: asChunks('0\r\n\r\n', wire) });
        },
      );

      it.each<Malformed>([
        ...DIGITS,
        ['a semicolon', '5;\r\nhello\r\n0\r\n\r\n', ''],
        ['an extension of hexadecimal letters', '5;a=b\r\nhello\r\n0\r\n\r\n', ''],
      ])(
        '%s is read as a digit: such a body never ends, so the origin never gets a whole one',
        async (_name, body) => {
          const since = recordFrom(bed);
          const whole = bed.origin.requests().length;
          const client = await connect(bed, wire);
          client.write(post(body));
          const data = 'c\r\nhello\r\n0\r\n\r\n\r\n';
          await waitFor(() => since().endsWith(data), { what: 'the data at the origin', intervalMs: 2 });
          expect(bed.origin.requests()).toHaveLength(whole);
          client.close();
          await expectOnly(bed, wire, since, asChunks(data, wire));
          expect(bed.origin.requests()).toHaveLength(whole + 1);
        },
      );
    });

    it.each([
      ['with an ordinary name', '5;name=value\r\nhello\r\n0\r\n\r\n', ''],
      ['of the last chunk', '5\r\nhello\r\n0;x\r\n\r\n', '5\r\nhello\r\n'],
    ])('engine limit: an extension %s is 400', async (_name, body, begun) => {
      await expectRefused(bed, wire, post(body), { status: 400, by: 'uws', begun: asChunks(begun, wire) });
    });

    it('engine limit: trailer fields are 505, and never reach the origin', async () => {
      // The engine takes the body as ended before the trailers and reads on as if a new request began.
      await expectRefused(bed, wire, post('5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n'), {
        status: 505,
        by: 'uws',
        begun: asChunks(HELLO, wire),
      });
    });
  });

  it('a chunk that never comes whole reaches the origin as far as it came, and never as a whole request', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(post('5\r\nhel'));
    await waitFor(() => since().endsWith('3\r\nhel\r\n'), { what: 'the piece', intervalMs: 2 });
    client.close();
    await waitFor(() => bed.origin.connections.every((c) => c.closed() || c.rest().length === 0), {
      what: 'the origin to see the close',
    });
    await expectOnly(bed, wire, since, asChunks('3\r\nhel\r\n', wire));
  });

  it('what stands behind a loosely ended body is not served, also where penstock answers by itself', async () => {
    await expectRefused(bed, wire, post(` \r\n\r\n${HIDDEN}`, 'unknown.test'), {
      status: onEngine<Refusal['status']>({ node: 404, uws: 'cut' }),
    });
  });

  it('a chunked request that penstock answers by itself closes its connection', async () => {
    const client = await connect(bed, wire);
    client.write(post('5\r\nhello\r\n0\r\n\r\n', 'unknown.test'));
    expect((await client.readAnswer()).status).toBe(404);
    await client.expectClosed();
    client.close();
  });
});
