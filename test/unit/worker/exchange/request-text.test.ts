import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';
import type { HeaderOps } from '../../../../src/bridge/snapshot/model.ts';
import {
  asksToClose,
  type Forwarding,
  namedByConnection,
  requestText,
} from '../../../../src/worker/exchange/request-text.ts';
import { RequestHead } from '../../../../src/worker/listener/request-head.ts';

function headOf(...lines: readonly (readonly [name: string, value: string])[]): RequestHead {
  const head = new RequestHead('GET', '/a', 2);
  head.addField('host', 'a.test');
  for (const [name, value] of lines) head.addField(name, value);
  return head;
}

const FORWARDING: Forwarding = {
  target: '/a',
  host: 'a.test',
  peer: '10.0.0.1',
  trusted: false,
  client: '1.2.3.4',
  tls: false,
  localPort: 80,
  requestId: 'id',
};

const text = (head: RequestHead, wish: Partial<Forwarding> = {}, ops: HeaderOps | null = null): string[] => {
  const all = requestText(head, { ...FORWARDING, ...wish }, ops);
  expect(all.endsWith('\r\n\r\n')).toBe(true);
  return all.slice(0, -4).split('\r\n');
};
const ops = (wish: Partial<HeaderOps>): HeaderOps => headerOps({ add: [], set: [], remove: [], ...wish });

const ADDED = [
  'X-Forwarded-For: 10.0.0.1',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: a.test',
  'X-Forwarded-Port: 80',
  'X-Real-IP: 1.2.3.4',
  'X-Request-Id: id',
];

describe('request-text', () => {
  it('is request line, Host, the client’s fields, what penstock adds, and the framing', () => {
    const head = headOf(['x', '1'], ['accept', 'a'], ['content-length', '05'], ['x', '2']);
    expect(text(head)).toEqual([
      'GET /a HTTP/1.1',
      'Host: a.test',
      'x: 1',
      'accept: a',
      'x: 2',
      ...ADDED,
      'Content-Length: 5',
    ]);
  });

  it('asks for a WebSocket where the client does', () => {
    const head = headOf(['connection', 'keep-alive, Upgrade'], ['upgrade', 'websocket'], ['x', '1']);
    const end = requestText(head, FORWARDING, null, true).split('\r\n').slice(3);
    expect(end).toEqual([...ADDED, 'Connection: Upgrade', 'Upgrade: websocket', '', '']);
    expect(text(head)).toEqual(['GET /a HTTP/1.1', 'Host: a.test', 'x: 1', ...ADDED]);
  });

  it('has a length of 0 where the client said 0, and no framing where it said nothing', () => {
    expect(text(headOf(['content-length', '0'])).at(-1)).toBe('Content-Length: 0');
    expect(text(headOf()).at(-1)).toBe('X-Request-Id: id');
    expect(text(headOf(['transfer-encoding', 'Chunked'])).at(-1)).toBe('Transfer-Encoding: chunked');
  });

  it('tells the scheme and the target that the endpoint is to get', () => {
    const lines = text(headOf(), { tls: true, target: '/b?c', host: 'up.test' });
    expect(lines.slice(0, 2)).toEqual(['GET /b?c HTTP/1.1', 'Host: up.test']);
    expect(lines).toContain('X-Forwarded-Proto: https');
    expect(lines).toContain('X-Forwarded-Host: a.test');
  });

  it('drops what a peer that is not trusted forwards', () => {
    const head = headOf(
      ['x-forwarded-for', '6.6.6.6'],
      ['forwarded', 'for=6.6.6.6'],
      ['x-real-ip', '6.6.6.6'],
    );
    expect(text(head).slice(2)).toEqual(ADDED);
  });

  it('keeps what a trusted one forwards, adds to X-Forwarded-For and fills in the rest', () => {
    const head = headOf(
      ['x-forwarded-for', '1.2.3.4'],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-for', '5.6.7.8'],
    );
    expect(text(head, { trusted: true }).slice(2)).toEqual([
      'x-forwarded-proto: https',
      'X-Forwarded-For: 1.2.3.4, 5.6.7.8, 10.0.0.1',
      'X-Forwarded-Host: a.test',
      'X-Forwarded-Port: 80',
      'X-Real-IP: 1.2.3.4',
      'X-Request-Id: id',
    ]);
  });

  it('Connection names away the client’s fields only', () => {
    const head = headOf(
      ['connection', 'x, X-Real-IP, host, content-length, x-request-id'],
      ['x', '1'],
      ['y', '2'],
      ['content-length', '5'],
    );
    expect(text(head).slice(2)).toEqual(['y: 2', ...ADDED, 'Content-Length: 5']);
  });

  it('a route’s rules go over everything but Host and the framing', () => {
    const rules = ops({
      remove: ['x', 'x-forwarded-port'],
      set: [{ name: 'X-Request-ID', value: 'mine' }],
      add: [{ name: 'Y', value: '3' }],
    });
    const head = headOf(['x', '1'], ['y', '2'], ['content-length', '5']);
    expect(text(head, {}, rules).slice(2)).toEqual([
      'y: 2',
      ...ADDED.filter((line) => !/Port|Request-Id/.test(line)),
      'Content-Length: 5',
      'X-Request-ID: mine',
      'Y: 3',
    ]);
  });

  it('what a route adds cannot be named away', () => {
    const rules = ops({ set: [{ name: 'X', value: 'route' }] });
    expect(
      text(headOf(['connection', 'x'], ['x', 'client']), {}, rules).filter((line) => /^x:/i.test(line)),
    ).toEqual(['X: route']);
  });
});

describe('request-text: Connection, RFC 9110 7.6.1', () => {
  it.each([
    ['', []],
    ['close', []],
    ['keep-alive', []],
    ['x', ['x']],
    ['keep-alive, x ,\ty', ['keep-alive', 'x', 'y']],
  ])('%j names %j', (value, names) => {
    expect(namedByConnection(value)).toEqual(names);
  });

  it.each([
    ['', false],
    ['keep-alive', false],
    ['close', true],
    ['keep-alive, close', true],
    ['close,x', true],
    ['closed', false],
    ['not-close', false],
  ])('%j asks to close: %s', (value, asks) => {
    expect(asksToClose(value)).toBe(asks);
  });
});
