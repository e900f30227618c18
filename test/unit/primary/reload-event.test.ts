import { describe, expect, it } from 'vitest';
import { reloadEvent } from '../../../src/primary/reload-event.ts';
import { fakeResult } from '../../support/fake-control.ts';

const FILE = '/etc/penstock.yaml';

describe('reload-event', () => {
  it('is none where nothing changed', () => {
    expect(reloadEvent(FILE, fakeResult({ outcome: 'unchanged' }))).toBeNull();
  });

  it('names the snapshot that serves', () => {
    expect(reloadEvent(FILE, fakeResult())).toEqual({
      type: 'ConfigurationApplied',
      subject: FILE,
      data: { trigger: 'api', version: 8, digest: 'b2'.repeat(32) },
    });
  });

  it('tells why a reload failed', () => {
    expect(reloadEvent(FILE, fakeResult({ outcome: 'failed', message: 'disk full' }))).toEqual({
      type: 'ConfigurationFailed',
      subject: FILE,
      data: { trigger: 'api', message: 'disk full' },
    });
  });

  it('has the first problems of a rejected one, without lines of the file', () => {
    const problems = Array.from({ length: 30 }, (_, index) => ({
      code: 'UNKNOWN_KEY',
      path: `key${index}`,
      message: 'x'.repeat(1_000),
      origin: { file: FILE, line: index + 1, column: 3 },
      sourceLine: 'admin_tokn: not-to-be-kept',
    }));
    const event = reloadEvent(FILE, fakeResult({ outcome: 'rejected', message: '30 problems', problems }));
    expect(event).toMatchObject({
      type: 'ConfigurationRejected',
      data: { trigger: 'api', message: '30 problems', problemCount: 30 },
    });
    const kept = event?.type === 'ConfigurationRejected' ? event.data.problems : [];
    expect(kept).toHaveLength(20);
    expect(kept[1]).toEqual({
      code: 'UNKNOWN_KEY',
      path: 'key1',
      message: 'x'.repeat(500),
      file: FILE,
      line: 2,
    });
  });
});
