/** What is sent to endpoints is what the door reads from proxies, octet by octet as the protocol has it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyHeader } from '../../src/kit/proxy-header.ts';
import { type ProxyHeader, readProxyHeader } from '../../src/worker/listener/door/proxy-header.ts';
import { addressText } from '../../src/worker/listener/peer-text.ts';

const v4 = fc.ipV4();
/** In the one form that is compared; never an IPv4-mapped one, which is its IPv4 address. */
const v6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((octets) => addressText(octets))
  .filter((text) => text.includes(':'));
const port = fc.integer({ min: 0, max: 65_535 });
const bytesOf = (header: string): Buffer => Buffer.from(header, 'latin1');

describe('proxy-header', () => {
  it('is read back with both addresses and ports, whatever families they are of', () => {
    fc.assert(
      fc.property(
        fc.oneof(v4, v6),
        port,
        fc.oneof(v4, v6),
        port,
        (source, sourcePort, destination, other) => {
          const bytes = bytesOf(proxyHeader({ source, sourcePort, destination, destinationPort: other }));
          const isV6 = source.includes(':') || destination.includes(':');
          expect(bytes.length).toBe(isV6 ? 52 : 28);
          const wanted: ProxyHeader = {
            length: bytes.length,
            source,
            sourcePort,
            destination,
            destinationPort: other,
          };
          expect(readProxyHeader(bytes)).toEqual(wanted);
        },
      ),
    );
  });

  it.each([
    ['192.0.2.1', '', '2111000c c0000201 00000000 03e801bb'],
    ['2001:db8::1', '', `21210024 20010db8000000000000000000000001 ${'0'.repeat(32)} 03e801bb`],
    ['::ffff:192.0.2.1', '198.51.100.2', '2111000c c0000201 c6336402 03e801bb'],
    [
      '192.0.2.1',
      '2001:db8::2',
      '21210024 00000000000000000000ffffc0000201 20010db8000000000000000000000002 03e801bb',
    ],
    // Nobody knows who it is: UNSPEC.
    ['unknown', '198.51.100.2', '21000000'],
    ['fe80::1%eth0', '198.51.100.2', '21000000'],
  ])('from %s to "%s"', (source, destination, wanted) => {
    const bytes = bytesOf(proxyHeader({ source, sourcePort: 1000, destination, destinationPort: 443 }));
    expect(bytes.toString('hex')).toBe(`0d0a0d0a000d0a515549540a${wanted.replaceAll(' ', '')}`);
  });

  it('of a connection that carries nobody’s requests is LOCAL', () => {
    expect(bytesOf(proxyHeader(null)).toString('hex')).toBe('0d0a0d0a000d0a515549540a20000000');
  });
});
