import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/kit/nearest.ts';

describe('nearest-name', () => {
  const known = ['service', 'services', 'split', 'redirect', 'respond', 'tls', 'host'];

  it.each([
    ['servce', 'service'],
    ['sevrices', 'services'],
    ['SERVICE', 'service'],
    ['redirct', 'redirect'],
    ['hots', 'host'],
    ['tsl', 'tls'],
  ])('finds %s → %s', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it.each(['zzz', 'x', '', 'a'.repeat(100), 'certificate'])('finds nothing near %j', (name) => {
    expect(nearestName(name, known)).toBeUndefined();
  });

  it('takes the nearest, and the first of equals', () => {
    expect(nearestName('aabc', ['aabd', 'aabe'])).toBe('aabd');
    expect(nearestName('abcdef', ['abcxyf', 'abcdeg'])).toBe('abcdeg');
  });
});
