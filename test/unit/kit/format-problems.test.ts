import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../src/kit/format-problems.ts';
import type { Problem } from '../../../src/kit/problem.ts';

const problem = (extra: Partial<Problem> = {}): Problem => ({
  code: 'UNKNOWN_KEY',
  path: 'routes[0].servce',
  message: 'no such key',
  origin: { file: '/etc/p.yaml', line: 3, column: 5 },
  ...extra,
});

describe('format-problems', () => {
  it('prints position, code, message, line, caret and suggestion', () => {
    const text = formatProblems([problem({ sourceLine: '    servce: api', suggestion: 'service' })]);
    expect(text).toBe(
      [
        '/etc/p.yaml:3:5 UNKNOWN_KEY no such key',
        '      servce: api',
        '      ^',
        '  did you mean "service"?',
        '',
      ].join('\n'),
    );
  });

  it('sorts by position and keeps the order within one', () => {
    const text = formatProblems([
      problem({ message: 'third', origin: { file: 'a', line: 12, column: 1 } }),
      problem({ message: 'first', origin: { file: 'a', line: 2, column: 9 } }),
      problem({ message: 'second', origin: { file: 'a', line: 2, column: 9 } }),
    ]);
    expect(text.match(/first|second|third/g)).toEqual(['first', 'second', 'third']);
  });

  it('keeps tabs before the caret, so that both lines expand alike', () => {
    const text = formatProblems([
      problem({ sourceLine: '\ta:\tx', origin: { file: 'a', line: 1, column: 5 } }),
    ]);
    expect(text.split('\n').slice(1, 3)).toEqual(['  \ta:\tx', '  \t  \t^']);
  });

  it('cuts a long line about the caret', () => {
    const sourceLine = `${'a'.repeat(500)}X${'b'.repeat(500)}`;
    const [, source = '', caret = ''] = formatProblems([
      problem({ sourceLine, origin: { file: 'a', line: 1, column: 501 } }),
    ]).split('\n');
    expect(source.length).toBeLessThan(130);
    expect(source[caret.indexOf('^')]).toBe('X');
  });

  it('makes control characters harmless and colours only when asked', () => {
    const hostile = problem({ message: 'x\x1b[2Jy\r', sourceLine: '\x1b]0;title\x07', suggestion: '\u202e' });
    const plain = formatProblems([hostile]);
    expect(plain).not.toMatch(/[\x00-\x08\x0b-\x1f\u202e]/);
    expect(formatProblems([problem()], { color: true })).toContain('\x1b[31mUNKNOWN_KEY\x1b[0m');
    expect(formatProblems([])).toBe('');
  });
});
