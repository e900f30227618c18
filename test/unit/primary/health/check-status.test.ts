import { describe, expect, it } from 'vitest';
import { CheckStatus } from '../../../../src/primary/health/check-status.ts';

const RULES = { healthyAfter: 2, unhealthyAfter: 3 };

/** `+` a check that passes, `-` one that fails; gives `H` or `u` after each. */
function after(results: string, initiallyUnhealthy = false): string {
  const status = new CheckStatus(initiallyUnhealthy);
  return [...results]
    .map((result) => {
      status.onResult(result === '+', RULES);
      return status.healthy ? 'H' : 'u';
    })
    .join('');
}

describe('check-status', () => {
  it('is healthy before the first result, unless it begins unhealthy', () => {
    expect(new CheckStatus(false)).toMatchObject({ healthy: true, known: false });
    expect(new CheckStatus(true)).toMatchObject({ healthy: false, known: false });
  });

  it.each([
    ['the first result decides', '-', false, 'u'],
    ['the first result decides where it begins unhealthy too', '+', true, 'H'],
    ['it stays unhealthy until the first one passes', '-', true, 'u'],
    ['as many failures as the threshold take it out', '+---', false, 'HHHu'],
    ['one that passes in between begins the count anew', '+--+---', false, 'HHHHHHu'],
    ['as many passes as the threshold bring it back', '-++', false, 'uuH'],
    ['one that fails in between begins the count anew', '-+-++', false, 'uuuuH'],
  ])('%s', (_, results, initiallyUnhealthy, expected) => {
    expect(after(results, initiallyUnhealthy)).toBe(expected);
  });
});
