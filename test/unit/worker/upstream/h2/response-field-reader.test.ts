import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { ResponseFields } from '../../../../../src/worker/response/response-fields.ts';
import {
  type RawFields,
  ResponseFieldReader,
  trailerLines,
} from '../../../../../src/worker/upstream/h2/response-field-reader.ts';

const reader = new ResponseFieldReader();

function forwarded(raw: RawFields): string[] {
  expect(reader.readHead(raw)).toBe(Fault.NONE);
  const run = Buffer.from(new ResponseFields().build(reader.head, null)).toString('latin1');
  return run === '' ? [] : run.split('\r\n');
}

describe('response-field-reader: a head', () => {
  it('becomes lines of the very bytes, in order', () => {
    const raw = [
      ':status',
      '200',
      'x',
      '\x80\xff',
      'set-cookie',
      'a',
      'set-cookie',
      'b',
      'empty',
      '',
      'tab',
      'a\tb',
    ];
    expect(forwarded(raw)).toEqual(['x: \x80\xff', 'set-cookie: a', 'set-cookie: b', 'empty: ', 'tab: a\tb']);
    expect(reader.head).toMatchObject({ status: 200, contentLength: -1, chunked: false });
  });

  it('forgets the one before', () => {
    forwarded([':status', '200', 'content-length', '7', 'x', 'y']);
    expect(reader.head.contentLength).toBe(7);
    expect(forwarded([':status', '404'])).toEqual([]);
    expect(reader.head).toMatchObject({ status: 404, contentLength: -1 });
  });

  it('forwards no framing, and nothing that belongs to one connection', () => {
    const raw = [
      ':status',
      '200',
      'content-length',
      '5',
      'date',
      'x',
      'connection',
      'y',
      'transfer-encoding',
      'gzip',
    ];
    expect(forwarded([...raw, 'keep-alive', '1', 'upgrade', 'z', 'y', 'kept'])).toEqual(['y: kept']);
    expect(reader.head).toMatchObject({ contentLength: 5, chunked: false });
  });

  it.each([
    [[]],
    [['x', 'y']],
    [['x', 'y', ':status', '200']],
    [[':status', '20']],
    [[':status', '2000']],
    [[':status', '2 0']],
    [[':status', '-20']],
    [[':status', '103']],
    [[':status', '200', ':path', '/']],
    [[':status', '200', ':status', '200']],
    [[':status', '200', '', 'x']],
    [[':status', '200', 'a b', 'x']],
    [[':status', '200', 'a', 'b\r\nc: d']],
    [[':status', '200', 'a', 'b\nc']],
    [[':status', '200', 'a', '\0']],
    [[':status', '200', 'a', '\x7f']],
    [[':status', '200', 'a', '\u0100']],
    [[':status', '200', 'content-length', '1, 2']],
    [[':status', '200', 'content-length', '-1']],
    [[':status', '200', 'content-length', '1', 'content-length', '2']],
  ])('%j is none', (raw: string[]) => {
    expect(reader.readHead(raw)).toBe(Fault.BAD_RESPONSE);
  });

  it('has at most 256 fields and 64 KiB', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => [`x${i}`, '']).flat();
    expect(reader.readHead([':status', '200', ...fields(256)])).toBe(Fault.NONE);
    expect(reader.readHead([':status', '200', ...fields(257)])).toBe(Fault.RESPONSE_HEAD_TOO_LARGE);
    const value = (length: number) => [':status', '200', 'a', 'v'.repeat(length)];
    expect(reader.readHead(value(65_536 - 3))).toBe(Fault.NONE);
    expect(forwarded(value(65_536 - 3))[0]).toHaveLength(65_536);
    expect(reader.readHead(value(65_536 - 2))).toBe(Fault.RESPONSE_HEAD_TOO_LARGE);
  });
});

describe('response-field-reader: trailers', () => {
  it('become lines', () => {
    expect(trailerLines(['grpc-status', '0', 'x', '\xe9'])).toBe('grpc-status: 0\r\nx: \xe9\r\n');
    expect(trailerLines([])).toBe('');
  });

  it.each([[[':status', '200']], [['', 'x']], [['a', 'b\r\nc']], [['a b', 'c']], [['a', '\u0100']]])(
    '%j cannot be forwarded',
    (raw: string[]) => {
      expect(trailerLines(raw)).toBeNull();
    },
  );
});
