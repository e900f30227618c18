/**
 * Checks of addresses, host names and address ranges as the configuration writes them. Pure: text in, the value or what
 * is wrong with it out. Primary thread; resolves no name.
 */

import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { type Address, parseAddress } from '../../kit/address.ts';
import { normalizeHost } from '../../kit/host.ts';

export interface NameFault {
  readonly message: string;
  readonly suggestion?: string | undefined;
}

const MAX_LABEL_LENGTH = 63;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A host of a route or a certificate in normal form: `name`, `*.name` or an IP address. */
export function checkHost(text: string): string | NameFault {
  if (text === '') return { message: 'a host name cannot be empty; take the key out to match every host' };
  if (text === '*') return { message: 'leave the host out to match every host' };
  if (/[/@]|:\/\//.test(text)) return { message: 'expected a host name alone, without scheme or path' };
  if (isIPv6(text)) return { message: 'an IPv6 address is written in brackets', suggestion: `[${text}]` };
  const wildcard = text.startsWith('*.');
  const written = wildcard ? text.slice(2) : text;
  if (written.includes('*')) {
    return {
      message: 'a wildcard is *.name: one star as the whole first label, standing for exactly one label',
    };
  }
  if (/[^\x00-\x7f]/.test(written)) {
    const ascii = domainToASCII(written);
    const suggestion = ascii === '' ? undefined : `${wildcard ? '*.' : ''}${ascii}`;
    return { message: 'a host name is written in ASCII', suggestion };
  }
  if (/:\d*$/.test(written) && !written.endsWith(']')) {
    return { message: 'a host is written without its port', suggestion: text.replace(/:\d*$/, '') };
  }
  const host = normalizeHost(written);
  if (host === null || host === '' || (wildcard && isIP(host) !== 0)) {
    return { message: 'expected a host name such as app.example.com or *.example.com' };
  }
  const label = isIP(host) === 0 && host.split('.').find(isBadLabel);
  if (typeof label === 'string') {
    return {
      message: `a label between the dots has 1 to ${MAX_LABEL_LENGTH} characters and no hyphen at its ends`,
    };
  }
  return wildcard ? `*.${host}` : host;
}

function isBadLabel(label: string): boolean {
  return label === '' || label.length > MAX_LABEL_LENGTH || label.startsWith('-') || label.endsWith('-');
}

/** The Host that an endpoint gets: a name or address, with or without a port. Kept as written. */
export function checkHostField(text: string): string | NameFault {
  const host = normalizeHost(text);
  return host === null || host === ''
    ? { message: 'expected a host name, with or without a port, such as app.internal or app.internal:8080' }
    : text;
}

/** The name of a server whose certificate is verified: a host name, or an IP address without brackets. */
export function checkServerName(text: string): string | NameFault {
  if (isIP(text) !== 0) return text;
  const name = checkHost(text);
  if (typeof name !== 'string') return name;
  if (name.startsWith('*')) return { message: 'a wildcard is the name of no server' };
  return name.startsWith('[') ? name.slice(1, -1) : name;
}

/** A name server as `Resolver.setServers` takes it: an IP address, in brackets if it is IPv6 with a port. */
export function checkResolver(text: string): string | NameFault {
  if (isIP(text) !== 0) return text;
  const address = parseAddress(text);
  if (typeof address === 'object' && address.kind === 'tcp' && isIP(address.host) !== 0 && address.port > 0) {
    return text;
  }
  return { message: 'expected the IP address of a name server, such as 127.0.0.1, 127.0.0.1:53 or [::1]:53' };
}

/** Where to listen: no host means every interface, port 0 a free port. */
export function checkListenAddress(text: string): Address | NameFault {
  const address = parseAddress(text);
  if (typeof address === 'string') return addressFault(text, address, ':8080, 127.0.0.1:8080 or [::1]:8080');
  if (address.kind === 'tcp' && address.host !== '') {
    const fault = hostFault(address.host);
    if (fault !== null) return fault;
  }
  return address;
}

/** Where to connect to: a host and a port, or a unix socket. */
export function checkEndpointAddress(text: string): Address | NameFault {
  const address = parseAddress(text);
  if (typeof address === 'string') return addressFault(text, address, '127.0.0.1:9001 or app.internal:80');
  if (address.kind === 'unix') return address;
  if (address.host === '') {
    return { message: 'an endpoint needs a host before the port', suggestion: `127.0.0.1${text}` };
  }
  if (address.port === 0) return { message: 'an endpoint needs a port from 1 to 65535' };
  return hostFault(address.host) ?? address;
}

function addressFault(text: string, fault: string, examples: string): NameFault {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)/i.exec(text);
  if (scheme !== null) {
    const bare = scheme[1] ?? '';
    const suggestion = typeof parseAddress(bare) === 'string' ? undefined : bare;
    return { message: `an address is written without scheme and path, such as ${examples}`, suggestion };
  }
  if (/^\d+$/.test(text)) {
    return { message: `expected an address such as ${examples}`, suggestion: `:${text}` };
  }
  // The fault of a port out of range says what is wrong; all others are said best by example.
  return { message: fault.startsWith('expected') ? `expected an address such as ${examples}` : fault };
}

function hostFault(host: string): NameFault | null {
  if (isIP(host) !== 0) return null;
  if (/^[\d.]+$/.test(host)) return { message: 'the host is no IPv4 address' };
  if (host.includes(':')) return { message: 'the host is no IPv6 address' };
  const name = checkHost(host);
  if (typeof name !== 'string') return { message: 'the host is no host name and no IP address' };
  return name.startsWith('*') ? { message: 'a wildcard is no address' } : null;
}

/** A range of addresses; a single address becomes the range of itself. */
export function checkCidr(text: string): string | NameFault {
  const match = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const family = isIP(address);
  if (family === 0) return { message: 'expected an address range such as 10.0.0.0/8, 192.0.2.7 or fd00::/8' };
  const bits = isIPv4(address) ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  if (prefix > bits) return { message: `the prefix of this address has at most ${bits} bits` };
  return `${address}/${prefix}`;
}

/** 127.0.0.0/8, ::1 and localhost: only this machine can reach them. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
