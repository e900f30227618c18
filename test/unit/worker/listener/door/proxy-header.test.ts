import { describe, expect, it } from 'vitest';
import {
  MAX_PROXY_HEADER_BYTES,
  type ProxyHeader,
  ProxyOutcome,
  readProxyHeader,
} from '../../../../../src/worker/listener/door/proxy-header.ts';
import {
  type BinaryHeader,
  binaryHeader,
  type Decision,
  decisionOn,
  type Field,
  hex,
  PROXY_SIGNATURE,
  slowCrc32c,
} from '../../../../support/door-bytes.ts';

type Result = ProxyHeader | ProxyOutcome;
/** Every prefix is read; see `decisionOn`. */
const decide = (bytes: Uint8Array): Decision<Result> | null =>
  decisionOn<Result>(readProxyHeader, ProxyOutcome.MORE, bytes);
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

const own = { source: null, sourcePort: 0, destination: null, destinationPort: 0 };
const addresses = (source: string, sourcePort: number, destination: string, destinationPort: number) => ({
  source,
  sourcePort,
  destination,
  destinationPort,
});

describe('readProxyHeader, version 1', () => {
  it.each([
    ['TCP4 192.168.0.1 192.168.0.11 56324 443', addresses('192.168.0.1', 56324, '192.168.0.11', 443)],
    [
      'TCP4 255.255.255.255 255.255.255.255 65535 65535',
      addresses('255.255.255.255', 65535, '255.255.255.255', 65535),
    ],
    ['TCP4 0.0.0.0 0.0.0.0 0 0', addresses('0.0.0.0', 0, '0.0.0.0', 0)],
    // Sent by HAProxy 2.6.
    ['TCP4 127.0.0.1 127.0.0.1 32876 41000', addresses('127.0.0.1', 32876, '127.0.0.1', 41000)],
    ['TCP6 ::1 ::1 52490 41001', addresses('::1', 52490, '::1', 41001)],
    ['UNKNOWN', own],
    [
      'TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535',
      addresses(
        'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
        65535,
        'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
        65535,
      ),
    ],
    [
      'TCP6 2001:0DB8:0:0:0:0:0:0001 2001:db8:0:0:1:0:0:2 1 2',
      addresses('2001:db8::1', 1, '2001:db8::1:0:0:2', 2),
    ],
    ['TCP6 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1 2', addresses('1:2:3:4:5:6:7:0', 1, '0:2:3:4:5:6:7:8', 2)],
    ['TCP6 :: fe80:: 1 2', addresses('::', 1, 'fe80::', 2)],
    ['TCP6 ::ffff:1.2.3.4 ::FFFF:506:708 1 2', addresses('1.2.3.4', 1, '5.6.7.8', 2)],
    ['TCP6 ::1.2.3.4 64:ff9b::1.2.3.4 1 2', addresses('::102:304', 1, '64:ff9b::102:304', 2)],
    ['UNKNOWN ', own],
    ['UNKNOWN ffff::1 TCP4 whatever it is: \x00\xff', own],
    [`UNKNOWN ${'x'.repeat(107 - 16)}`, own],
  ])('reads %j', (line, expected) => {
    const header = `PROXY ${line}\r\n`;
    expect(decide(bytesOf(`${header}GET / HTTP/1.1\r\n\r\n`))).toEqual({
      at: header.length,
      result: { length: header.length, ...expected },
    });
  });

  // The mark | stands behind the octet that decides.
  it.each([
    'PROXYX|',
    'PROXY\r|',
    'PROXY  |',
    'PROXY /|p HTTP/1.1\r\n',
    'PROXY t|cp4 1.2.3.4 1.2.3.4 1 1\r\n',
    'PROXY TCP5|',
    'PROXY TCP4\r|\n',
    'PROXY UNKNOWN\n|',
    'PROXY UNKNOWN a\n|\r\n',
    'PROXY UNKNOWN\r\r|\n',
    'PROXY UNKNOWN\r |\n',
    'PROXY UNKNOWNX|\r\n',
    'PROXY UNKNOWN\t|\r\n',
    'PROXY UNKNOW\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n|',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rG|',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1\r|\n',
    'PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r|\n',
    'PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1  2\r|\n',
    'PROXY TCP4 1.2.3.4\t|5.6.7.8 1 2\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 -|1 2\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 +|1 2\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 00\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 100000\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 f\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 0x|1 2\r\n',
    'PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r|\n',
    'PROXY TCP4 256.2.3.4 5.6.7.8 1 2\r|\n',
    'PROXY TCP4 1.2.3.4 5.6.7 1 2\r|\n',
    'PROXY TCP4 1.2.3.4.5 5.6.7.8 1 2\r|\n',
    'PROXY TCP4 16909060 5.6.7.8 1 2\r|\n',
    'PROXY TCP4 ::1 ::1 1 2\r|\n',
    'PROXY TCP4 1.2.3.4 ::1 1 2\r|\n',
    'PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r|\n',
    'PROXY TCP6 1::2::3 ::1 1 2\r|\n',
    'PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r|\n',
    'PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r|\n',
    'PROXY TCP6 12345::1 ::1 1 2\r|\n',
    'PROXY TCP6 ::ffff:1.2.3.04 ::1 1 2\r|\n',
    'PROXY TCP6 [|::1] ::1 1 2\r\n',
    'PROXY TCP6 fe80::1%|eth0 ::1 1 2\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 \xb2|\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\x00|\r\n',
    // No CR LF within 107 octets.
    `PROXY UNKNOWN ${'x'.repeat(107 - 14)}|\r\n`,
    `PROXY UNKNOWN ${'x'.repeat(107 - 15)}\r|\n`,
    `PROXY TCP6 ${'1'.repeat(107 - 11)}|\r\n`,
  ])('calls %j malformed, no later than there', (text) => {
    const at = text.indexOf('|');
    expect(decide(bytesOf(text.replace('|', '')))).toEqual({ at, result: ProxyOutcome.MALFORMED });
  });
});

describe('readProxyHeader, version 2', () => {
  const v4 = hex('0a000001 c0a80002 3039 01bb');
  const v4Addresses = addresses('10.0.0.1', 12345, '192.168.0.2', 443);
  const v6 = hex('20010db8000000000000000000000001 20010db8000000000001000000000002 0001 ffff');
  const v6Addresses = addresses('2001:db8::1', 1, '2001:db8::1:0:0:2', 65535);
  const unix = Buffer.concat([Buffer.from('/run/a.sock'.padEnd(108, '\0')), Buffer.alloc(108)]);

  it('reads what is written octet by octet', () => {
    const header = hex(`0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a  21  11  00 0c
                        0a 00 00 01  c0 a8 00 02  30 39  01 bb`);
    expect(decide(Buffer.concat([header, bytesOf('GET /')]))).toEqual({
      at: 28,
      result: { length: 28, ...v4Addresses },
    });
  });

  // Sent by HAProxy 2.6: `send-proxy-v2`, with `proxy-v2-options crc32c,unique-id`, `send-proxy-v2-ssl-cn`, health checks.
  it.each([
    ['2111000c 7f0000017f000001 8894a02b', addresses('127.0.0.1', 34964, '127.0.0.1', 41003)],
    [
      `21210024 00000000000000000000000000000001 00000000000000000000000000000001 9094a02c`,
      addresses('::1', 37012, '::1', 41004),
    ],
    [
      '2111001d 7f0000017f000001 b2bea02e 03000469f3ec25 05000769642d39313131',
      addresses('127.0.0.1', 45758, '127.0.0.1', 41006),
    ],
    [
      `21210035 00000000000000000000000000000001 00000000000000000000000000000001 d8a8a02f
       0300047bb42549 05000769642d39313134`,
      addresses('::1', 55464, '::1', 41007),
    ],
    [
      '2111001b 7f0000017f000001 904ea030 0300043de9c0e7 2000050000000000',
      addresses('127.0.0.1', 36942, '127.0.0.1', 41008),
    ],
    ['20000000', own],
    ['20000007 030004a9b87e8f', own],
  ])('reads a header of HAProxy: %s', (rest, expected) => {
    const header = Buffer.concat([PROXY_SIGNATURE, hex(rest)]);
    const result = { length: header.length, ...expected };
    expect(decide(header)).toEqual({ at: header.length, result });
    expect(decide(Buffer.concat([header, bytesOf('GET / HTTP/1.1\r\n')]))).toEqual({
      at: header.length,
      result,
    });
  });

  const noop = (size: number): Field => [4, Buffer.alloc(size, 7)];
  const checksum: Field = [3, Buffer.alloc(4)];

  it.each<readonly [string, BinaryHeader, object]>([
    ['UDP over IPv4', { family: 0x12, addresses: v4 }, v4Addresses],
    ['TCP over IPv6', { family: 0x21, addresses: v6 }, v6Addresses],
    ['UDP over IPv6', { family: 0x22, addresses: v6 }, v6Addresses],
    [
      'an IPv4-mapped address',
      {
        family: 0x21,
        addresses: hex('00000000000000000000ffff01020304 00000000000000000000000000000001 0001 0002'),
      },
      addresses('1.2.3.4', 1, '::1', 2),
    ],
    ['a UNIX stream', { family: 0x31, addresses: unix }, own],
    ['a UNIX datagram', { family: 0x32, addresses: unix, fields: [noop(2), checksum] }, own],
    ['LOCAL with addresses', { versionAndCommand: 0x20, family: 0x11, addresses: v4 }, own],
    ['LOCAL with a family that there is not', { versionAndCommand: 0x20, family: 0xff, addresses: v4 }, own],
    ['LOCAL with a block of anything', { versionAndCommand: 0x20, family: 0x21, addresses: hex('ff') }, own],
    ['an unspecified family and transport', { family: 0x00, addresses: hex('') }, own],
    ['an unspecified family with a block', { family: 0x01, addresses: hex('04ffff') }, own],
    ['an unspecified transport', { family: 0x10, addresses: v4 }, own],
    ['an unspecified transport of UNIX', { family: 0x30, addresses: hex('') }, own],
    ['empty fields', { addresses: v4, fields: [noop(0), noop(0)] }, v4Addresses],
    [
      'fields of types that nobody knows',
      {
        addresses: v4,
        fields: [
          [0xff, hex('00')],
          [0, hex('')],
        ],
      },
      v4Addresses,
    ],
    ['a checksum alone', { addresses: v4, fields: [checksum] }, v4Addresses],
    [
      'a checksum among others',
      { family: 0x21, addresses: v6, fields: [noop(300), checksum, noop(9)] },
      v6Addresses,
    ],
    ['as many fields as are allowed', { addresses: v4, fields: [noop(4096 - 3 - 7), checksum] }, v4Addresses],
    ['the longest header', { family: 0x31, addresses: unix, fields: [noop(4096 - 3)] }, own],
    ['the longest LOCAL block', { versionAndCommand: 0x20, addresses: Buffer.alloc(4096) }, own],
  ])('reads %s', (_, wish, expected) => {
    const header = binaryHeader(wish);
    expect(decide(Buffer.concat([header, hex('160301')]))).toEqual({
      at: header.length,
      result: { length: header.length, ...expected },
    });
    expect(header.length).toBeLessThanOrEqual(MAX_PROXY_HEADER_BYTES);
  });

  it('has a longest header of exactly MAX_PROXY_HEADER_BYTES', () => {
    const header = binaryHeader({ family: 0x31, addresses: unix, fields: [noop(4096 - 3)] });
    expect(header.length).toBe(MAX_PROXY_HEADER_BYTES);
  });

  it.each<readonly [string, BinaryHeader, number]>([
    ['version 1', { versionAndCommand: 0x11, addresses: v4 }, 13],
    ['version 3', { versionAndCommand: 0x31, addresses: v4 }, 13],
    ['version 0', { versionAndCommand: 0x00, addresses: v4 }, 13],
    ['a command that there is not', { versionAndCommand: 0x22, addresses: v4 }, 13],
    ['the last command', { versionAndCommand: 0x2f, addresses: v4 }, 13],
    ['a family that there is not', { family: 0x41, addresses: v4 }, 14],
    ['a transport that there is not', { family: 0x13, addresses: v4 }, 14],
    ['a transport that there is not of no family', { family: 0x03, addresses: v4 }, 14],
    ['a block too short for IPv4', { family: 0x11, addresses: v4.subarray(0, 11) }, 16],
    ['no block for IPv4', { family: 0x12, addresses: hex('') }, 16],
    ['a block too short for IPv6', { family: 0x21, addresses: v6.subarray(0, 35) }, 16],
    ['a block too short for UNIX', { family: 0x31, addresses: unix.subarray(0, 215) }, 16],
    ['more fields than are allowed', { addresses: v4, fields: [noop(4096 - 2)] }, 16],
    ['more of a LOCAL block than is allowed', { versionAndCommand: 0x20, addresses: Buffer.alloc(4097) }, 16],
    ['a field without its length', { addresses: Buffer.concat([v4, hex('04')]) }, 29],
    ['a field with half its length', { addresses: Buffer.concat([v4, hex('0400')]) }, 30],
    ['a field beyond the header', { addresses: Buffer.concat([v4, hex('040001')]) }, 31],
    ['a last field beyond the header', { addresses: Buffer.concat([v4, hex('040000 050002aa')]) }, 35],
    ['a field far beyond the header', { addresses: Buffer.concat([v4, hex('04ffff')]) }, 31],
    ['a wrong checksum', { addresses: v4, fields: [[3, hex('00000001')]] }, 35],
    ['a checksum too short', { addresses: v4, fields: [[3, hex('000000')]] }, 34],
    ['a checksum too long', { addresses: v4, fields: [[3, hex('0000000000')]] }, 36],
    ['two checksums', { addresses: v4, fields: [[3, hex('00000000')], checksum] }, 42],
    ['a wrong checksum of UNIX', { family: 0x31, addresses: unix, fields: [[3, hex('00000001')]] }, 239],
  ])('calls %s malformed', (_, wish, at) => {
    const header = binaryHeader(wish);
    expect(decide(Buffer.concat([header, bytesOf('GET / HTTP/1.1')]))).toEqual({
      at,
      result: ProxyOutcome.MALFORMED,
    });
  });

  it('takes nothing for a checksum that is right and too long', () => {
    const header = binaryHeader({ addresses: v4, fields: [[3, Buffer.alloc(5)]] });
    header.writeUInt32BE(slowCrc32c(header), header.length - 5);
    expect(readProxyHeader(header)).toBe(ProxyOutcome.MALFORMED);
  });

  it('notices any change of one bit by the checksum', () => {
    const header = binaryHeader({ addresses: v4, fields: [checksum, [5, hex('010203')]] });
    for (let bit = 16 * 8; bit < header.length * 8; bit++) {
      // The octet that says that there is a checksum.
      if (bit >> 3 === 28) continue;
      const changed = Buffer.from(header);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(readProxyHeader(changed), `bit ${bit}`).toBe(ProxyOutcome.MALFORMED);
    }
  });
});

describe('readProxyHeader, anything else', () => {
  it.each([
    ['GET / HTTP/1.1\r\n', 1],
    ['POST / HTTP/1.1\r\n', 2],
    ['PUT / HTTP/1.1\r\n', 2],
    ['PATCH / HTTP/1.1\r\n', 2],
    ['PRI * HTTP/2.0\r\n', 3],
    ['PROPFIND / HTTP/1.1\r\n', 4],
    ['PROX/ HTTP/1.1\r\n', 5],
    ['proxy TCP4', 1],
    [' PROXY TCP4', 1],
    ['\x16\x03\x01', 1],
    ['\n', 1],
    ['\r\r', 2],
    ['\r\nGET / HTTP/1.1\r\n', 3],
    ['\r\n\r\nGET / HTTP/1.1\r\n', 5],
    ['\r\n\r\n\0\r\nQUIT\r', 12],
    ['\0', 1],
  ])('knows %j for none after so many octets: %i', (text, at) => {
    expect(decide(bytesOf(text))).toEqual({ at, result: ProxyOutcome.NONE });
  });

  it('waits for the first octet', () => {
    expect(readProxyHeader(new Uint8Array())).toBe(ProxyOutcome.MORE);
  });

  it('reads a part of a larger buffer', () => {
    const whole = bytesOf('xxPROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET');
    expect(readProxyHeader(whole.subarray(2))).toMatchObject({ length: 32, source: '1.2.3.4' });
  });
});
