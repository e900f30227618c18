import { describe, expect, it } from 'vitest';
import { formatTable } from '../../../src/kit/table.ts';

describe('format-table', () => {
  it('aligns columns and leaves no space at the end of a line', () => {
    expect(
      formatTable(
        ['HOST', 'PATH', 'TLS'],
        [
          ['api.example.com', '/', 'off'],
          ['*', '/a', ''],
        ],
      ),
    ).toBe('HOST             PATH  TLS\napi.example.com  /     off\n*                /a\n');
  });

  it('counts code points, not code units', () => {
    expect(formatTable(['A', 'B'], [['😀', 'x']])).toBe('A  B\n😀  x\n');
  });

  it('keeps a cell with a line break on its line', () => {
    expect(formatTable(['A', 'B'], [['x\ny', 'z']])).toBe('A    B\nx y  z\n');
  });

  it('fills missing cells and prints the titles alone without rows', () => {
    expect(formatTable(['A', 'B'], [['x']])).toBe('A  B\nx\n');
    expect(formatTable(['A', 'B'], [])).toBe('A  B\n');
  });
});
