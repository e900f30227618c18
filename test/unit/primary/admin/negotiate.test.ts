import { describe, expect, it } from 'vitest';
import { matchesTag, snapshotForm, wantsEventPage } from '../../../../src/primary/admin/negotiate.ts';

describe('snapshot-form', () => {
  it.each([
    [null, '', 'json'],
    [null, '*/*', 'json'],
    [null, 'application/json', 'json'],
    [null, 'application/x-protobuf', 'protobuf'],
    [null, 'Application/X-Protobuf; q=0.5', 'protobuf'],
    [null, 'application/x-protobuf, */*;q=0.1', 'protobuf'],
    [null, 'application/x-protobuf;q=0.5, application/json', 'json'],
    [null, 'application/x-protobuf, application/json', 'json'],
    [null, 'application/x-protobuf;q=0', 'json'],
    [null, 'application/x-protobuf;q=junk', 'json'],
    ['protobuf', 'application/json', 'protobuf'],
    ['json', 'application/x-protobuf', 'json'],
    ['xml', '', null],
  ] as const)('format %j and Accept %j give %j', (format, accept, form) => {
    expect(snapshotForm(format, accept)).toBe(form);
  });
});

describe('wants-event-page', () => {
  it.each([
    ['', false],
    ['*/*', false],
    ['text/event-stream', false],
    ['application/json', true],
    ['application/json, */*;q=0.5', true],
    ['application/json, */*', false],
    ['text/event-stream, application/json;q=0.9', false],
  ])('Accept %j: %j', (accept, wants) => {
    expect(wantsEventPage(accept)).toBe(wants);
  });
});

describe('matches-tag', () => {
  it.each([
    [null, false],
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['*', true],
    ['"abcd"', false],
    ['abc', false],
  ] as const)('If-None-Match %j: %j', (field, matches) => {
    expect(matchesTag(field, '"abc"')).toBe(matches);
  });
});
