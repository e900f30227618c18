import { describe, expect, it } from 'vitest';
import { isOriginForm, readOtherTarget } from '../../../../../src/worker/listener/node/request-target.ts';

describe('request-target: origin-form, RFC 9112 3.2.1', () => {
  it('is what begins with a slash', () => {
    expect(['/', '/a?b', '//a', '/http://a/'].map(isOriginForm)).toEqual([true, true, true, true]);
    expect(['*', 'a', '?a', 'http://a/', '\\a'].map(isOriginForm)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('request-target: absolute-form, RFC 9112 3.2.2', () => {
  it.each([
    ['http://a.test/', '/', 'a.test'],
    ['http://a.test/b/c?d=e', '/b/c?d=e', 'a.test'],
    ['http://a.test', '/', 'a.test'],
    ['http://a.test?b=c', '/?b=c', 'a.test'],
    ['http://a.test?', '/?', 'a.test'],
    ['http://a.test?b/c', '/?b/c', 'a.test'],
    ['http://A.Test:8080/b', '/b', 'A.Test:8080'],
    ['http://[::1]:80/b', '/b', '[::1]:80'],
    ['https://a.test/b', '/b', 'a.test'],
    ['HTTP://a.test/b', '/b', 'a.test'],
    ['hTTpS://a.test/b', '/b', 'a.test'],
    ['http://a.test//b', '//b', 'a.test'],
    ['http://a.test/@b', '/@b', 'a.test'],
    ['http://a.test/?u=http://x@b/', '/?u=http://x@b/', 'a.test'],
    ['http://a.test/b\xfc', '/b\xfc', 'a.test'],
    // What a Host may hold is for whoever reads it to say.
    ['http://a\\b/c', '/c', 'a\\b'],
    ['http://:80/b', '/b', ':80'],
  ])('reads %s', (received, target, authority) => {
    expect(readOtherTarget('GET', received)).toEqual({ target, authority });
  });

  it.each([
    ['no host', 'http:///b'],
    ['no host and no path', 'http://'],
    ['no host, but a query', 'http://?b'],
    ['userinfo', 'http://u@a.test/'],
    ['userinfo with a password', 'http://u:p@a.test/'],
    ['an empty userinfo', 'http://@a.test/'],
    ['userinfo without a path', 'https://a.test@b.test'],
    ['one slash', 'http:/a.test/'],
    ['no slash', 'http:a.test'],
    ['no colon', 'http//a.test/'],
    ['another scheme', 'ftp://a.test/'],
    ['a longer scheme', 'httpss://a.test/'],
    ['no scheme', '://a.test/'],
    ['WebSocket', 'ws://a.test/'],
  ])('rejects %s', (_name, received) => expect(readOtherTarget('GET', received)).toBeNull());
});

describe('request-target: OPTIONS, RFC 9112 3.2.4', () => {
  it.each([
    ['*', '*', ''],
    ['http://a.test', '*', 'a.test'],
    ['http://a.test/', '/', 'a.test'],
    ['http://a.test?b', '/?b', 'a.test'],
  ])('reads %s', (received, target, authority) => {
    expect(readOtherTarget('OPTIONS', received)).toEqual({ target, authority });
  });

  it.each(['GET', 'HEAD', 'options', 'PRI'])('rejects * for %s', (method) =>
    expect(readOtherTarget(method, '*')).toBeNull(),
  );

  it.each(['**', '*/', '*?a'])('rejects %s', (received) =>
    expect(readOtherTarget('OPTIONS', received)).toBeNull(),
  );
});

describe('request-target: what a proxy in front of its own services is not asked for', () => {
  it.each(['a.test:443', 'a.test', 'a', '?a', '\\a', '.', '%2f', '\xff', '@'])('rejects %j', (received) =>
    expect(readOtherTarget('GET', received)).toBeNull(),
  );
});
