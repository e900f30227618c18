import { describe, expect, it } from 'vitest';
import { FieldNames } from '../../../../../src/worker/upstream/h2/field-names.ts';
import {
  fitsFields,
  joinRepeated,
  MAX_FIELD_BYTES,
  requestFields,
  trailerFields,
} from '../../../../../src/worker/upstream/h2/request-fields.ts';

const names = new FieldNames();
const fieldsOf = (text: string) => ({ ...requestFields(text, 'https', false, names) });

describe('request-fields', () => {
  it('turns the request line and Host into pseudo fields', () => {
    expect(fieldsOf('GET /a?b HTTP/1.1\r\nHost: x.test:8080\r\n\r\n')).toEqual({
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/a?b',
      ':authority': 'x.test:8080',
    });
  });

  it('leaves an empty Host out, and a Host that comes again', () => {
    const fields = fieldsOf('GET / HTTP/1.1\r\nHost: \r\nhOsT: evil\r\n\r\n');
    expect(fields).toEqual({ ':method': 'GET', ':scheme': 'https', ':path': '/' });
  });

  it('takes values without the blanks around them, empty ones included', () => {
    expect(fieldsOf('GET / HTTP/1.1\r\nHost: t\r\nA: \t x y \t\r\nB:\r\nC:z\r\n\r\n')).toMatchObject({
      a: 'x y',
      b: '',
      c: 'z',
    });
  });

  it('leaves 0xa0 alone, which is a byte of UTF-8 and no blank', () => {
    const fields = requestFields(
      'GET / HTTP/1.1\r\nHost: t\r\nX: \xc3\xa0 \r\nX: \xa0\r\n\r\n',
      'http',
      false,
      names,
    );
    expect(fields.x).toEqual(['\xc3\xa0', '\xa0']);
    joinRepeated(fields);
    expect(fields.x).toBe('\xc3\xa0, \xa0');
  });

  it('keeps repeated fields in their order', () => {
    expect(fieldsOf('GET / HTTP/1.1\r\nHost: t\r\nX: 1\r\nY: a\r\nx: 2\r\nX: 3\r\n\r\n')).toMatchObject({
      x: ['1', '2', '3'],
      y: 'a',
    });
  });

  it('joins them where it must, cookies with their own separator', () => {
    const fields = requestFields(
      'GET / HTTP/1.1\r\nHost: t\r\nX: 1\r\nX: 2\r\nCookie: a\r\nCookie: b\r\n\r\n',
      'http',
      false,
      names,
    );
    joinRepeated(fields);
    expect({ ...fields }).toMatchObject({ ':method': 'GET', x: '1, 2', cookie: 'a; b' });
  });

  it('says that trailers are read, and nothing else in TE', () => {
    const text = 'GET / HTTP/1.1\r\nHost: t\r\nTE: gzip\r\n\r\n';
    expect(requestFields(text, 'http', true, names).te).toBe('trailers');
    expect(requestFields(text, 'http', false, names).te).toBeUndefined();
  });

  it('reads trailers', () => {
    expect({ ...trailerFields('A: 1\r\nB: 2\r\nA: 3\r\n', names) }).toEqual({ a: ['1', '3'], b: '2' });
    expect({ ...trailerFields('', names) }).toEqual({});
  });

  it('knows a field line that is too long', () => {
    const line = (length: number): string => `X: ${'v'.repeat(length - 3)}\r\n`;
    const head = (...lines: string[]): string => `GET / HTTP/1.1\r\nHost: t\r\n${lines.join('')}\r\n`;
    expect(fitsFields(head(line(MAX_FIELD_BYTES), line(MAX_FIELD_BYTES)))).toBe(true);
    expect(fitsFields(head('A: 1\r\n', line(MAX_FIELD_BYTES + 1)))).toBe(false);
    expect(fitsFields(`GET /${'p'.repeat(MAX_FIELD_BYTES)} HTTP/1.1\r\nHost: t\r\n\r\n`)).toBe(false);
    expect(fitsFields(line(MAX_FIELD_BYTES + 1))).toBe(false);
    expect(fitsFields('')).toBe(true);
  });
});

describe('field-names', () => {
  it('gives lower case, and nothing for what is not sent', () => {
    for (let time = 0; time < 2; time++) {
      expect(names.lower('Content-Type')).toBe('content-type');
      for (const name of ['Connection', 'KEEP-ALIVE', 'te', 'Upgrade', 'Host', 'http2-settings'])
        expect(names.lower(name)).toBe('');
    }
  });

  it.each(['', 'a b', 'a:b', ':path', 'ä', 'a\u0100', 'a\r', '\0'])(
    'gives nothing for %j, which is no field name',
    (name) => {
      expect(names.lower(name)).toBe('');
    },
  );

  it('goes on after more names than it remembers', () => {
    const own = new FieldNames();
    for (let i = 0; i < 5000; i++) expect(own.lower(`X-${i}`)).toBe(`x-${i}`);
    expect(own.lower('X-1')).toBe('x-1');
    expect(own.lower(`X-${'y'.repeat(500)}`)).toBe(`x-${'y'.repeat(500)}`);
  });
});
