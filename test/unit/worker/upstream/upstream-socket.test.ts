import { describe, expect, it } from 'vitest';
import { effectOf, Fault, Retry } from '../../../../src/kit/faults.ts';
import { connectFault } from '../../../../src/worker/upstream/upstream-socket.ts';

const error = (code: string, syscall: string): NodeJS.ErrnoException =>
  Object.assign(new Error(code), { code, syscall });

describe('connect-fault', () => {
  it.each([
    ['ECONNREFUSED', 'connect', Fault.CONNECT_REFUSED],
    ['ETIMEDOUT', 'connect', Fault.CONNECT_TIMEOUT],
    ['EHOSTUNREACH', 'connect', Fault.CONNECT_FAILED],
    ['ENOENT', 'connect', Fault.CONNECT_FAILED],
    ['EMFILE', 'connect', Fault.CONNECT_FAILED],
    ['ENOTFOUND', 'getaddrinfo', Fault.DNS_FAILED],
    ['EAI_AGAIN', 'getaddrinfo', Fault.DNS_FAILED],
  ])('%s of %s', (code, syscall, fault) => {
    expect(connectFault(error(code, syscall))).toBe(fault);
    expect(effectOf(fault).retry).toBe(Retry.NOTHING_SENT);
  });

  it('takes an error without any code', () => {
    expect(connectFault(new Error('odd'))).toBe(Fault.CONNECT_FAILED);
  });
});
