import { describe, expect, it } from 'vitest';
import { eventText } from '../../../src/cli/format-event.ts';

const event = (type: string, data: object): object => ({
  id: 1,
  time: '2026-11-28T15:00:00.000Z',
  type,
  subject: 'the-subject',
  data,
});

describe('format-event', () => {
  it.each([
    ['ConfigurationApplied', { trigger: 'file', version: 7, digest: 'ab' }, 'snapshot 7, by file'],
    ['ConfigurationFailed', { trigger: 'api', message: 'disk full' }, 'disk full (by api)'],
    ['DomainAdded', { record: '_p.x' }, 'to be proved by a TXT record at _p.x'],
    ['DomainVerified', { record: '_p.x' }, 'proved by _p.x'],
    ['DomainRemoved', { wasVerified: true }, 'it was verified'],
    ['ConfigurationRejected', { omitted: true }, 'what it tells is too large to be kept'],
  ])('%s', (type, data, words) => {
    expect(eventText(event(type, data))).toBe(
      `2026-11-28T15:00:00.000Z  ${type.padEnd(21)}  the-subject: ${words}\n`,
    );
  });

  it('has a line for each problem of a configuration', () => {
    const problems = [{ code: 'BAD_HOST', path: 'x', message: 'no host', file: '/p.yaml', line: 3 }];
    const text = eventText(event('ConfigurationRejected', { trigger: 'file', problemCount: 1, problems }));
    expect(text).toMatch(/: 1 problem \(by file\)\n {4}\/p\.yaml:3 BAD_HOST no host\n$/);
  });

  it('prints what it does not know', () => {
    expect(eventText(event('SomethingNew', { x: 1 }))).toBe(
      '2026-11-28T15:00:00.000Z  SomethingNew           the-subject\n',
    );
  });
});
