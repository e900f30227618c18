import { describe, expect, it } from 'vitest';
import { parseExplainRequest } from '../../../src/cli/explain-request.ts';

const parse = (url: string, changes: { method?: string; headers?: string[]; ip?: string } = {}) =>
  parseExplainRequest({ url, method: 'GET', headers: [], ip: '127.0.0.1', ...changes });

describe('explain-request', () => {
  it.each([
    ['https://api.example.com/v1/x?a=1', true, 'api.example.com', '/v1/x?a=1', 5],
    ['http://API.example.com:8080', false, 'API.example.com:8080', '/', 1],
    ['api.example.com/a', false, 'api.example.com', '/a', 2],
    ['/a/b', false, '', '/a/b', 4],
    ['HTTPS://x?q', true, 'x', '/?q', 1],
    ['http://[::1]:80/a#fragment', false, '[::1]:80', '/a', 2],
    ['http://x/a?u=http://y/#z', false, 'x', '/a?u=http://y/', 2],
  ])('takes %s apart', (url, tls, host, target, pathEnd) => {
    expect(parse(url)).toMatchObject({ tls, host, target, pathEnd });
  });

  it('keeps dot segments and escapes as written', () => {
    expect(parse('http://x/a/../%2e/%2F').target).toBe('/a/../%2e/%2F');
  });

  it('takes headers, and Host among them over the one of the URL', () => {
    const request = parse('http://x/', { headers: ['X-Env: canary', 'HOST: y:81', 'x-empty:'] });
    expect(request.host).toBe('y:81');
    expect(request.fields).toEqual(['x-env', 'canary', 'x-empty', '']);
  });

  it.each([
    ['no header', { headers: ['X-Env'] }, /-H 'X-Env' is not of the form/],
    ['a header without a name', { headers: [': x'] }, /-H ': x'/],
    ['a method with a space', { method: 'GE T' }, /-X GE T/],
    ['no address', { ip: '10.0.0' }, /--ip 10\.0\.0 is no IP address/],
  ])('rejects %s (PENSTOCK_USAGE)', (_, changes, message) => {
    expect(() => parse('http://x/', changes)).toThrow(
      expect.objectContaining({ code: 'PENSTOCK_USAGE', message: expect.stringMatching(message) }),
    );
  });

  it.each(['http://x/a b', 'http://x/\n', 'http://u:p@x/'])('rejects the URL %j (PENSTOCK_USAGE)', (url) => {
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'PENSTOCK_USAGE' }));
  });
});
