import { describe, expect, it } from 'vitest';
import { forwardableTrailers } from '../../../../src/worker/http1/trailers.ts';

describe('trailers', () => {
  it('pass as they came, in their order', () => {
    const lines = 'grpc-status: 0\r\nX-A:1 \r\nx-a: \xe9\r\n';
    expect(forwardableTrailers(lines)).toBe(lines);
    expect(forwardableTrailers('')).toBe('');
  });

  it.each([
    'Content-Length: 5',
    'transfer_encoding: chunked',
    'Connection: close',
    'Host: evil.test',
    'x-forwarded-for: 1.2.3.4',
    'X_Forwarded_For: 1.2.3.4',
    'X-Real-IP: 1.2.3.4',
    'x-request-id: mine',
    'Authorization: x',
    'Set-Cookie: a=b',
    'TE: trailers',
  ])('%s does not', (line) => {
    expect(forwardableTrailers(`a: 1\r\n${line}\r\nb: 2\r\n`)).toBe('a: 1\r\nb: 2\r\n');
  });
});
