import { describe, expect, it } from 'vitest';
import { draftOf } from '../../../support/draft-of.ts';
import { briefly, validateText } from './validate-text.ts';

const routes = (...list: readonly string[]): string =>
  `routes:\n${list.map((text) => `  - { respond: {}, ${text} }\n`).join('')}`;
const YEAR = 31_536_000;
const FIELD = 'Strict-Transport-Security';

describe('validate: hsts', () => {
  it.each([
    ['{}', { maxAgeSeconds: YEAR, includeSubdomains: false, preload: false }],
    ['{ enabled: true, max_age: 0 }', { maxAgeSeconds: 0, includeSubdomains: false, preload: false }],
    [
      '{ include_subdomains: true, preload: true }',
      { maxAgeSeconds: YEAR, includeSubdomains: true, preload: true },
    ],
    ['{ enabled: false, preload: true, max_age: 1 }', null],
  ])('accepts %s', (text, hsts) => {
    expect(draftOf(routes(`host: a.test, hsts: ${text}`)).routes[0]?.hsts).toEqual(hsts);
  });

  it.each([
    ['host: a.test, hsts: { preload: true }', 'CONFLICT routes[0].hsts.preload'],
    [
      `host: a.test, hsts: { preload: true, include_subdomains: true, max_age: ${YEAR - 1} }`,
      'CONFLICT routes[0].hsts.preload',
    ],
    ['host: a.test, hsts: { max_age: -1 }', 'BAD_VALUE routes[0].hsts.max_age'],
    ['hsts: {}', 'MISSING_KEY routes[0].hsts'],
    ['host: [a.test, 192.0.2.1], hsts: {}', 'CONFLICT routes[0].hsts'],
    ['host: "[::1]", hsts: {}', 'CONFLICT routes[0].hsts'],
    [
      `host: a.test, hsts: {}, response_headers: { add: { ${FIELD}: max-age=1 } }`,
      `CONFLICT routes[0].response_headers.add.${FIELD}`,
    ],
    [
      `host: a.test, hsts: {}, response_headers: { remove: [X, ${FIELD.toLowerCase()}] }`,
      'CONFLICT routes[0].response_headers.remove[1]',
    ],
  ])('rejects %s (%s)', (text, problem) => {
    expect(briefly(validateText(routes(text)).problems)).toEqual([problem]);
  });

  it('rejects a second field in a fixed answer (CONFLICT)', () => {
    const text = `routes: [{ host: a.test, hsts: {}, respond: { headers: { ${FIELD}: max-age=1 } } }]\n`;
    expect(briefly(validateText(text).problems)).toEqual([`CONFLICT routes[0].respond.headers.${FIELD}`]);
  });

  it.each(['add', 'set'])('without it, response_headers.%s may say the same', (key) => {
    const text = `host: a.test, hsts: { enabled: false }, response_headers: { ${key}: { ${FIELD}: max-age=1 } }`;
    expect(briefly(validateText(routes(text)).problems)).toEqual([]);
  });
});

describe('validate: redirect_from', () => {
  it.each([
    ['www.a.test', ['www.a.test']],
    ['[WWW.a.test., a.test.]', ['www.a.test', 'a.test']],
  ])('accepts %s', (text, names) => {
    expect(
      draftOf(routes(`host: ["*.b.test", b.test], redirect_from: ${text}`)).routes[0]?.redirectFrom,
    ).toEqual(names);
  });

  it.each([
    [['redirect_from: [a.test]'], ['MISSING_KEY routes[0].redirect_from']],
    [['host: "*.b.test", redirect_from: a.test'], ['MISSING_KEY routes[0].redirect_from']],
    [['host: b.test, redirect_from: ["*.a.test"]'], ['BAD_HOST routes[0].redirect_from[0]']],
    [['host: b.test, redirect_from: [a.test, b.test]'], ['CONFLICT routes[0].redirect_from[1]']],
    [['host: b.test, redirect_from: a.test', 'host: a.test'], ['CONFLICT routes[0].redirect_from']],
    [
      ['host: b.test, redirect_from: [a.test]', 'host: c.test, redirect_from: [a.test]'],
      ['DUPLICATE_NAME routes[1].redirect_from[0]'],
    ],
    [['host: b.test, redirect_from: [a.test, A.test]'], ['DUPLICATE_NAME routes[0].redirect_from[1]']],
  ])('rejects %j (%j)', (list, problems) => {
    expect(briefly(validateText(routes(...list)).problems)).toEqual(problems);
  });

  it('names both routes, and where the other one stands', () => {
    const text = routes('name: new, host: b.test, redirect_from: [a.test]', 'name: old, host: a.test');
    expect(validateText(text).problems[0]?.message).toMatch(
      /^route "new" .* route "old" on line 3 has it as host/,
    );
  });

  it('a wildcard of another route is no obstacle: an exact name goes before it', () => {
    const text = routes('host: b.test, redirect_from: [www.a.test]', 'host: "*.a.test"');
    expect(briefly(validateText(text).problems)).toEqual([]);
  });
});

describe('validate: proxy_protocol', () => {
  const service = (text: string): string => `services: { a: { endpoints: [], ${text} } }\n`;

  it.each([
    ['v2', 2],
    ['off', 0],
    ['false', 0],
  ])('accepts %s', (text, version) => {
    expect(draftOf(service(`proxy_protocol: ${text}`)).services[0]?.proxyProtocol).toBe(version);
  });

  it.each([
    ['proxy_protocol: v1', 'BAD_VALUE services.a.proxy_protocol'],
    ['proxy_protocol: true', 'WRONG_TYPE services.a.proxy_protocol'],
    ['proxy_protocol: v2, protocol: h2', 'CONFLICT services.a.proxy_protocol'],
    ['proxy_protocol: v2, protocol: h2c', 'CONFLICT services.a.proxy_protocol'],
  ])('rejects %s (%s)', (text, problem) => {
    const { problems } = validateText(service(text));
    expect(briefly(problems)).toEqual([problem]);
    expect(problems[0]?.message).toMatch(/v2|http1/);
  });
});
