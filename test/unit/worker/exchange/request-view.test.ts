import { describe, expect, it } from 'vitest';
import type { Limits } from '../../../../src/bridge/snapshot/model.ts';
import { Fault } from '../../../../src/kit/faults.ts';
import { isOver, RequestView } from '../../../../src/worker/exchange/request-view.ts';
import { RequestHead } from '../../../../src/worker/listener/request-head.ts';

const NO_LIMITS: Limits = {
  headerBytes: 0,
  bodyBytes: 0,
  connections: 0,
  connectionsPerAddress: 0,
  urlBytes: 0,
};

function viewOf(
  target: string,
  host = 'a.test',
  limits: Partial<Limits> = {},
): { fault: Fault; view: RequestView } {
  const query = target.indexOf('?');
  const head = new RequestHead('GET', target, query < 0 ? target.length : query);
  head.addField('host', host);
  const view = new RequestView(head);
  return { fault: view.check({ ...NO_LIMITS, ...limits }), view };
}

describe('request-view', () => {
  it('gives host and path in normal form', () => {
    const { fault, view } = viewOf('/a/../%62?c=d', 'A.Test.:80');
    expect([fault, view.host, view.path, view.query, view.method]).toEqual([
      Fault.NONE,
      'a.test',
      '/b',
      'c=d',
      'GET',
    ]);
  });

  it.each([
    ['/..', Fault.PATH_ABOVE_ROOT],
    ['/a/%2e%2e/..', Fault.PATH_ABOVE_ROOT],
    ['/%', Fault.BAD_REQUEST],
    ['/%zz', Fault.BAD_REQUEST],
    ['*', Fault.NONE],
    ['**', Fault.BAD_REQUEST],
    ['/?..', Fault.NONE],
    ['/?%', Fault.NONE],
  ])('%s: %i', (target, fault) => {
    expect(viewOf(target).fault).toBe(fault);
  });

  it('matches * by the root', () => {
    expect(viewOf('*').view.path).toBe('/');
  });

  it('rejects a malformed Host', () => {
    expect(viewOf('/', 'a b').fault).toBe(Fault.BAD_REQUEST);
  });

  it('a fault of the head comes first', () => {
    const head = new RequestHead('GET', '/..', 3);
    head.addField('transfer-encoding', 'gzip');
    expect(new RequestView(head).check(NO_LIMITS)).toBe(Fault.BAD_TRANSFER_CODING);
  });

  it('minds the limits, of which 0 is none', () => {
    expect(viewOf('/abcd', 'a.test', { urlBytes: 5 }).fault).toBe(Fault.NONE);
    expect(viewOf('/abcde', 'a.test', { urlBytes: 5 }).fault).toBe(Fault.URL_TOO_LONG);
    expect(viewOf('/', 'a.test', { headerBytes: 13 }).fault).toBe(Fault.HEADERS_TOO_LARGE);
    expect(viewOf('/', 'a.test', { headerBytes: 14 }).fault).toBe(Fault.NONE);
    expect([isOver(1, 0), isOver(1, 1), isOver(2, 1)]).toEqual([false, false, true]);
  });
});
