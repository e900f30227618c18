/** The fields of a request: names, values, pseudo fields, and what reaches the origin of them (RFC 9113 8.1.1, 8.2, 8.3, 8.5). */

import { describe } from 'vitest';
import {
  type Case,
  type CaseOptions,
  itHolds,
  MALFORMED,
  served,
  servedSized,
  streamOrConnectionError,
  upload,
  useHttp2Bed,
} from '../support/h2-conformance.ts';
import {
  AUTHORITY,
  data,
  ErrorCode,
  Flag,
  FrameType,
  frame,
  headers,
  requestFields,
} from '../support/h2-frames.ts';
import type { Field } from '../support/hpack.ts';

const { PROTOCOL_ERROR } = ErrorCode;
const bed = useHttp2Bed({ routes: [{ host: 'any.test', service: 'origin' }] });

const plus = (...more: Field[]): Field[] => requestFields('GET', '/', more);
const without = (name: string): Field[] => plus().filter(([one]) => one !== name);
const instead = (name: string, value: string): Field[] =>
  plus().map(([one, old]): Field => [one, one === name ? value : old]);

/** A request without a body that must not get through. */
const malformed = (title: string, fields: readonly Field[], options: CaseOptions = {}): Case => [
  title,
  MALFORMED,
  [headers(1, fields)],
  options,
];
const length = (octets: string): Field => ['content-length', octets];
/** With a field that must not get through; beside it stands a good one. */
const badField = (title: string, field: Field): Case => malformed(title, plus(field, ['x-good', '1']));
/** `lines`: its fields at the origin. */
const passes = (
  title: string,
  fields: readonly Field[],
  lines: readonly string[] = [],
  options: CaseOptions = {},
): Case => [title, served({ fields: lines }), [headers(1, fields)], options];

describe('names of fields, RFC 9113 8.2 and 8.2.1', () => {
  itHolds(bed, [
    ...['X-A', 'x-A', 'Accept', 'COOKIE'].map((name) =>
      malformed(`8.2: ${name}, which has upper case`, plus([name, '1'])),
    ),
    ...[
      ['', 'an empty one'],
      ['x a', 'a blank'],
      [' x', 'a blank before it'],
      ['x ', 'a blank behind it'],
      ['x:a', 'a colon'],
      ['x\0', 'NUL'],
      ['x\r\ny', 'CR LF'],
      ['x\n', 'LF'],
      ['x\r', 'CR'],
      ['x\x7f', 'DEL'],
      ['x\xe9', 'an octet from 0x80 up'],
    ].map(([name = '', what = '']) => badField(`8.2.1: ${what} in a name`, [name, '1'])),
    passes('8.2.1: every character that a token may have', plus(["x!#$%&'*+-.^_`|~09az", '1']), [
      "x!#$%&'*+-.^_`|~09az: 1",
    ]),
  ]);
});

describe('values of fields, RFC 9113 8.2.1', () => {
  const all = String.fromCharCode(
    ...Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet > 32 && octet !== 127),
  );
  itHolds(bed, [
    ...[
      ['a\0b', 'NUL'],
      ['a\rb', 'CR'],
      ['a\nb', 'LF'],
      ['a\r\nx-smuggled: 1', 'CR LF and a field'],
      ['a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: example.test\r\n\r\n', 'a whole request'],
      [' a', 'a blank before it'],
      ['\ta', 'a tab before it'],
      ['a ', 'a blank behind it'],
      ['a\t', 'a tab behind it'],
    ].map(([value = '', what = '']) => badField(`8.2.1: ${what}`, ['x-bad', value])),
    passes('8.2.1: every octet that is allowed, and blanks within', plus(['x-a', `${all} \t${all}`]), [
      `x-a: ${all} \t${all}`,
    ]),
    passes('8.2.1: an empty value', plus(['x-a', '']), ['x-a: ']),
    badField('RFC 9110 5.5: another control character', ['x-bad', 'a\x01b']),
    badField('RFC 9110 5.5: DEL', ['x-bad', 'a\x7fb']),
  ]);
});

describe('fields of one connection, RFC 9113 8.2.2', () => {
  itHolds(bed, [
    ...(
      [
        ['connection', 'close'],
        ['connection', 'x-a'],
        ['keep-alive', 'timeout=5'],
        ['proxy-connection', 'keep-alive'],
        ['transfer-encoding', 'chunked'],
        ['transfer-encoding', ''],
        ['upgrade', 'websocket'],
        ['upgrade', 'h2c'],
        ['te', 'gzip'],
        ['te', 'trailers, gzip'],
        ['te', ''],
      ] as const
    ).map((field) => malformed(`8.2.2: ${field.join(': ')}`, plus(field))),
    passes('8.2.2: te: trailers', plus(['te', 'trailers']), []),
    [
      '8.2.2: transfer-encoding beside a body',
      MALFORMED,
      [
        headers(1, requestFields('POST', '/', [['transfer-encoding', 'chunked']]), false),
        data(1, '0\r\n\r\n', true),
      ],
    ],
  ]);
});

describe('fields that are taken apart or together, RFC 9113 8.2.3', () => {
  itHolds(bed, [
    passes(
      '8.2.3: crumbs of a cookie become one field',
      plus(['cookie', 'a=b'], ['x-a', '1'], ['cookie', 'c=d'], ['cookie', 'e=f']),
      ['x-a: 1', 'cookie: a=b; c=d; e=f'],
    ),
    passes('8.2.3: one crumb', plus(['cookie', 'a=b; c=d']), ['cookie: a=b; c=d']),
    passes(
      'RFC 9110 5.2: other fields stay apart, in their order',
      plus(['x-a', '1'], ['x-b', '2'], ['x-a', '3']),
      ['x-a: 1', 'x-b: 2', 'x-a: 3'],
    ),
  ]);
});

describe('pseudo fields, RFC 9113 8.3', () => {
  itHolds(bed, [
    ...[':method', ':scheme', ':path'].flatMap((name) => [
      malformed(`8.3.1: no ${name}`, without(name)),
      malformed(`8.3.1: an empty ${name}`, instead(name, '')),
      malformed(`8.3.1: ${name} twice`, [...plus(), ...plus().filter(([one]) => one === name)]),
      malformed(`8.3: ${name} behind other fields`, [
        ...without(name),
        ['x-a', '1'],
        ...plus().filter(([one]) => one === name),
      ]),
    ]),
    malformed('8.3.1: :authority twice', [...plus(), [':authority', AUTHORITY]]),
    malformed('8.3: :authority behind other fields', [
      ...without(':authority'),
      ['x-a', '1'],
      [':authority', AUTHORITY],
    ]),
    malformed('8.3: one that nobody knows', [...plus(), [':unknown', '1']]),
    malformed('8.3: one without a name', [...plus(), [':', '1']]),
    malformed('8.3: that of answers', [...plus(), [':status', '200']]),
    malformed('8.3: in upper case', [[':METHOD', 'GET'], ...without(':method')]),
    malformed('RFC 8441 3: :protocol, which was not offered', [
      ...instead(':method', 'CONNECT'),
      [':protocol', 'websocket'],
    ]),
    [
      '8.1: in trailers',
      MALFORMED,
      [headers(1, requestFields('POST', '/'), false), data(1, 'x'), headers(1, [[':path', '/x']])],
      { begun: { framing: 'Transfer-Encoding: chunked', body: '1\r\nx\r\n' } },
    ],
    passes('8.3: in any order', [
      [':authority', AUTHORITY],
      [':path', '/'],
      [':scheme', 'http'],
      [':method', 'GET'],
    ]),
  ]);
});

describe('the target of a request, RFC 9113 8.3.1', () => {
  const target = (title: string, path: string, line = `GET ${path} HTTP/1.1`): Case => [
    title,
    served({ line }),
    [headers(1, instead(':path', path))],
  ];
  itHolds(bed, [
    target('8.3.1: a path as it came, with its query', '/a/b%20c;d?e=f&g=%2F?h'),
    target('8.3.1: an empty query', '/?'),
    target('8.3.1: two slashes', '//a//b'),
    ...[
      ['a', 'no slash before it'],
      ['http://example.test/', 'absolute form'],
      ['/a b', 'a blank'],
      ['/a\tb', 'a tab'],
      ['/a\0', 'NUL'],
      ['/a HTTP/1.1\r\nx-smuggled: 1\r\n\r\n', 'a request line and a field'],
      ['/a\n', 'LF'],
      ['/a\x7f', 'DEL'],
      ['/a#b', 'a fragment'],
      ['*', '`*` of another method than OPTIONS'],
    ].map(([path = '', what = '']) => malformed(`8.3.1: ${what}`, instead(':path', path))),
    [
      '8.3.1: OPTIONS of the whole server',
      served({ line: 'OPTIONS * HTTP/1.1' }),
      [headers(1, requestFields('OPTIONS', '*'))],
    ],
    ...['', 'G T', 'GET ', 'GET\r\n', 'G\0T', '(GET)', 'G\xc9T'].map((method) =>
      malformed(`8.3.1: the method ${JSON.stringify(method)}`, instead(':method', method)),
    ),
    [
      '8.3.1: a method that nobody knows',
      served({ line: 'BREW /pot HTTP/1.1' }),
      [headers(1, requestFields('BREW', '/pot'))],
    ],
    [
      'RFC 9110 9.1: methods are case-sensitive',
      served({ line: 'get / HTTP/1.1' }),
      [headers(1, instead(':method', 'get'))],
    ],
    ...['ftp', 'h ttp', '1http'].map((scheme) =>
      malformed(`8.3.1: the scheme ${JSON.stringify(scheme)}`, instead(':scheme', scheme)),
    ),
    passes('8.3.1: https said on a plain connection is no error', instead(':scheme', 'https')),
    malformed('8.5: CONNECT, which penstock does not serve', [
      [':method', 'CONNECT'],
      [':authority', 'example.test:443'],
    ]),
    malformed('8.5: CONNECT with scheme and path', instead(':method', 'CONNECT')),
  ]);
});

describe('the host of a request, RFC 9113 8.3.1', () => {
  itHolds(bed, [
    passes('8.3.1: :authority becomes Host', plus()),
    passes('8.3.1: host alone', [...without(':authority'), ['host', AUTHORITY]]),
    passes('8.3.1: both, and they agree', plus(['host', AUTHORITY])),
    [
      '8.3.1: both, in other case: :authority is what goes on',
      served({ host: 'EXAMPLE.test' }),
      [headers(1, [...instead(':authority', 'EXAMPLE.test'), ['host', 'example.test']])],
    ],
    [
      '8.3.1: with a port',
      served({ host: 'example.test:8080' }),
      [headers(1, instead(':authority', 'example.test:8080'))],
    ],
    malformed('8.3.1: neither', without(':authority')),
    malformed('8.3.1: an empty :authority', instead(':authority', '')),
    malformed('8.3.1: an empty host', [...without(':authority'), ['host', '']]),
    malformed('8.3.1: both, and they differ', plus(['host', 'any.test'])),
    malformed('8.3.1: both, and one has a port', plus(['host', `${AUTHORITY}:80`])),
    malformed('RFC 9110 7.2: host twice', plus(['host', AUTHORITY], ['host', AUTHORITY])),
    malformed('8.3.1: user information', instead(':authority', 'user@example.test')),
    malformed('8.3.1: user information with a password', instead(':authority', 'user:secret@example.test')),
    ...[
      'example.test/',
      'example.test?a',
      'example.test#a',
      'exa mple.test',
      'example.test\r\nx-smuggled: 1',
      'example.test:port',
    ].map((authority) =>
      malformed(
        `RFC 3986 3.2.2: the authority ${JSON.stringify(authority)}`,
        instead(':authority', authority),
      ),
    ),
  ]);
});

describe('Content-Length, RFC 9113 8.1.1', () => {
  const wrong = streamOrConnectionError(PROTOCOL_ERROR);
  const begun = { framing: 'Content-Length: 5', body: 'hell' };
  itHolds(bed, [
    [
      '8.1.1: as long as it says',
      servedSized('hello'),
      [upload([length('5')]), data(1, 'he'), data(1, 'llo', true)],
    ],
    [
      '8.1.1: ended by empty DATA',
      servedSized('hello'),
      [upload([length('5')]), data(1, 'hello'), data(1, '', true)],
    ],
    [
      '8.1.1: padding does not count',
      servedSized('hello'),
      [
        upload([length('5')]),
        frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, 1, Buffer.from('\x03hello\0\0\0', 'latin1')),
      ],
    ],
    [
      '8.1.1: 0 without DATA',
      served({ line: 'POST / HTTP/1.1', framing: 'Content-Length: 0' }),
      [headers(1, requestFields('POST', '/', [length('0')]))],
    ],
    [
      '8.1.1: 0 and empty DATA',
      served({ line: 'POST / HTTP/1.1', framing: 'Content-Length: 0' }),
      [upload([length('0')]), data(1, '', true)],
    ],
    ['8.1.1: less than it says', wrong, [upload([length('5')]), data(1, 'hell', true)], { begun }],
    [
      '8.1.1: less, ended by trailers',
      wrong,
      [upload([length('5')]), data(1, 'hell'), headers(1, [['x-a', '1']])],
      { begun },
    ],
    ['8.1.1: nothing of it', wrong, [upload([length('5')]), data(1, '', true)], { begun }],
    ['8.1.1: more in one frame', wrong, [upload([length('5')]), data(1, 'hello!', true)], { begun }],
    [
      '8.1.1: more in a second frame',
      wrong,
      [upload([length('5')]), data(1, 'hell'), data(1, 'o!')],
      { begun },
    ],
    [
      '8.1.1: more than 0',
      wrong,
      [upload([length('0')]), data(1, 'x', true)],
      { begun: { framing: 'Content-Length: 0' } },
    ],
    ['8.1.1: a length and no body', MALFORMED, [headers(1, requestFields('POST', '/', [length('5')]))]],
    [
      'RFC 9110 8.6: twice, and different',
      MALFORMED,
      [upload([length('5'), length('6')]), data(1, 'hello', true)],
    ],
    ['RFC 9110 8.6: a list of two', MALFORMED, [upload([length('5, 6')]), data(1, 'hello', true)]],
    ['RFC 9110 8.6: a blank before it', MALFORMED, [upload([length(' 5')]), data(1, 'hello', true)]],
    ...['+5', '-5', '5x', '0x5', '', '5.0', '99999999999999999999'].map(
      (text) =>
        [
          `RFC 9110 8.6: ${JSON.stringify(text)}`,
          MALFORMED,
          [upload([length(text)]), data(1, 'hello', true)],
        ] as const,
    ),
  ]);
});
