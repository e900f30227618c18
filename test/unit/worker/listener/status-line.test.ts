import { describe, expect, it } from 'vitest';
import { statusLine } from '../../../../src/worker/listener/status-line.ts';

describe('status-line', () => {
  it.each([
    [200, '', '200 OK'],
    [200, 'OK', '200 OK'],
    [200, 'Fine', '200 Fine'],
    [404, '', '404 Not Found'],
    [299, '', '299 '],
    [299, 'Odd', '299 Odd'],
    [999, '', '999 '],
    [999, 'Far out', '999 Far out'],
  ])('%i %j: %j', (status, reason, line) => {
    expect(statusLine(status, reason)).toBe(line);
  });
});
