import { describe, expect, it } from 'vitest';
import { headerOps } from '../../../../src/bridge/snapshot/header-ops.ts';
import {
  configuredAnswer,
  type OwnAnswer,
  ownAnswer,
  prefersJson,
} from '../../../../src/worker/response/own-answer.ts';

const answer = (wish: Partial<OwnAnswer>): { fields: string[]; body: string } => {
  const { fields, body } = ownAnswer({
    status: 404,
    text: 'Nope.',
    proxyError: 'x',
    requestId: 'id',
    accept: null,
    retryAfter: 0,
    quota: '',
    location: '',
    ops: null,
    ...wish,
  });
  return { fields: fields.toString().split('\r\n'), body: body.toString() };
};

describe('own-answer', () => {
  it('is text by default', () => {
    expect(answer({})).toEqual({
      fields: [
        'Content-Type: text/plain; charset=utf-8',
        'Server: penstock',
        'X-Request-Id: id',
        'Proxy-Status: penstock; error=x',
      ],
      body: '404 Not Found: Nope.\n',
    });
  });

  it('is a problem document for who accepts JSON', () => {
    const { fields, body } = answer({ accept: 'application/json' });
    expect(fields[0]).toBe('Content-Type: application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Nope.',
      request_id: 'id',
    });
  });

  it('escapes what a trusted proxy may have put into the request id', () => {
    const { body } = answer({ accept: 'application/json', requestId: '"},{"a' });
    expect(JSON.parse(body).request_id).toBe('"},{"a');
  });

  it('a redirect has its Location, no error and no problem', () => {
    const { fields, body } = answer({
      status: 308,
      text: '',
      proxyError: '',
      location: 'https://a/',
      accept: 'application/json',
    });
    expect(fields).toContain('Location: https://a/');
    expect(fields).toContain('Proxy-Status: penstock');
    expect(body).toBe('308 Permanent Redirect\n');
  });

  it('Retry-After only where there is one', () => {
    expect(answer({ status: 503, retryAfter: 7 }).fields).toContain('Retry-After: 7');
    expect(answer({}).fields.join()).not.toContain('Retry-After');
  });

  it('tells of limits where there are some to tell of', () => {
    expect(answer({ status: 429, quota: 'A: 1\r\nB: 2' }).fields).toEqual(
      expect.arrayContaining(['A: 1', 'B: 2']),
    );
  });

  it('writes a Location that is not ASCII as UTF-8', () => {
    const { fields } = ownAnswer({
      status: 301,
      text: '',
      proxyError: '',
      requestId: 'i',
      accept: null,
      retryAfter: 0,
      quota: '',
      location: 'https://a/é',
      ops: null,
    });
    expect(fields.includes(Buffer.from('https://a/é', 'utf8'))).toBe(true);
  });
});

describe('own-answer: the answer of a route', () => {
  const fieldsOf = (body: string, headers: readonly { name: string; value: string }[]): string[] =>
    configuredAnswer(body, headers, null, 'id').fields.toString().split('\r\n');
  const marks = ['Server: penstock', 'X-Request-Id: id', 'Proxy-Status: penstock'];

  it('is text unless it says otherwise', () => {
    expect(fieldsOf('hi', [])).toEqual(['Content-Type: text/plain; charset=utf-8', ...marks]);
    expect(fieldsOf('hi', [{ name: 'CONTENT-type', value: 'a/b' }])).toEqual(['CONTENT-type: a/b', ...marks]);
  });

  it('without a body has no type, and may have marks alone', () => {
    expect(fieldsOf('', [])).toEqual(marks);
    expect(fieldsOf('', [{ name: 'X', value: 'y' }])).toEqual(['X: y', ...marks]);
  });

  it('cannot overrule the marks', () => {
    const headers = ['SERVER', 'x-request-ID', 'Proxy-Status'].map((name) => ({ name, value: 'forged' }));
    expect(fieldsOf('', headers)).toEqual(marks);
  });
});

describe('own-answer: the response_headers of a route', () => {
  const ops = headerOps({
    add: [{ name: 'Vary', value: 'Accept' }],
    set: [
      { name: 'x-frame-options', value: 'DENY' },
      { name: 'Server', value: 'forged' },
    ],
    remove: ['content-type', 'server'],
  });
  const marks = ['Server: penstock', 'X-Request-Id: id', 'Proxy-Status: penstock'];

  it('change the answer of a respond route, but never the marks', () => {
    const headers = [
      { name: 'X-Frame-Options', value: 'ALLOW' },
      { name: 'X-Kept', value: 'yes' },
    ];
    const { fields } = configuredAnswer('hi', headers, ops, 'id');
    expect(fields.toString().split('\r\n')).toEqual([
      'X-Kept: yes',
      'x-frame-options: DENY',
      'Vary: Accept',
      ...marks,
    ]);
  });

  it('change a redirect, and may leave nothing but the marks', () => {
    const redirect = { status: 302, location: 'https://b/', proxyError: '', text: '' };
    expect(answer({ ...redirect, ops }).fields).toEqual([
      'Location: https://b/',
      'x-frame-options: DENY',
      'Vary: Accept',
      ...marks,
    ]);
    const removed = headerOps({ add: [], set: [], remove: ['content-type', 'location'] });
    expect(answer({ ...redirect, ops: removed }).fields).toEqual(marks);
  });
});

describe('own-answer: prefersJson, RFC 9110 12.5.1', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/problem+json',
    'text/html;q=0.5,application/json;q=0.6',
    'text/html;q=0.5,application/json;q=0.5',
    'application/json ; q=0.001',
    'application/json;charset=utf-8;q=1.000',
    'application/json;Q=0.5',
    'application/json;q=1.5,text/plain',
    'application/json;q=x',
  ])('accepts %s', (accept) => expect(prefersJson(accept)).toBe(true));

  it.each([
    null,
    '',
    '*/*',
    'text/html',
    'application/xml',
    'application/json;q=0',
    'application/json;q=0.4,text/plain;q=0.5',
    'json',
    'application/jsonp',
    ',,,',
  ])('rejects %s', (accept) => expect(prefersJson(accept)).toBe(false));
});
