import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/kit/problem.ts';
import { parseConfigText, readConfig } from '../../../../src/primary/source/read-config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'penstock-source-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfigText(text, join(folder, 'penstock.yaml'), env);
const brief = (problems: readonly Problem[]) =>
  problems.map(({ code, origin }) => `${code} ${origin.line}:${origin.column}`);

describe('read-config: files', () => {
  it.each([
    ['missing', () => join(folder, 'absent.yaml'), 'does not exist'],
    ['a folder', () => folder, 'is a folder'],
    ['below a file', () => join(file('plain', 'x'), 'y'), 'does not exist'],
    ['a name with NUL', () => 'a\0b', 'no file can have'],
    ['not UTF-8', () => file('latin.yaml', Buffer.from('a: 1\nb: \xe9\n', 'latin1')), 'not UTF-8'],
    ['UTF-16', () => file('wide.yaml', Buffer.from('\ufeffa: 1\n', 'utf16le')), 'not UTF-8'],
    [
      'a link to itself',
      () => {
        const path = join(folder, 'loop');
        symlinkSync(path, path);
        return path;
      },
      'leads to itself',
    ],
  ])('reports one that is %s (UNREADABLE)', (_, path, words) => {
    const result = readConfig(path(), {});
    expect(result.document).toBeNull();
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]).toMatchObject({ code: 'UNREADABLE' });
    expect(result.problems[0]?.message).toContain(words);
    expect(result.watchedFiles).toHaveLength(1);
  });

  it('names the line that is not UTF-8', () => {
    const result = readConfig(file('latin2.yaml', Buffer.from('a: 1\n# \xfc\n', 'latin1')), {});
    expect(result.problems[0]?.origin.line).toBe(2);
  });

  it('refuses a file that is too large without reading it', () => {
    const path = join(folder, 'sparse.yaml');
    file('sparse.yaml', '');
    truncateSync(path, 70 * 1024 * 1024);
    expect(readConfig(path, {}).problems[0]?.message).toContain('is larger than');
  });

  it('takes a byte order mark and CRLF, with true columns', () => {
    const { document } = readConfig(file('bom.yaml', '\ufeffa: 1\r\nb: 2\r\n'), {});
    expect(document?.value).toEqual({ a: 1, b: 2 });
    expect(document?.locate(['a'], 'key')).toMatchObject({ line: 1, column: 1 });
    expect(document?.sourceLine(2)).toBe('b: 2');
  });
});

describe('read-config: YAML', () => {
  it.each([
    ['', 'NOT_A_MAP 1:1'],
    ['# only a comment\n', 'NOT_A_MAP 1:1'],
    ['- a\n', 'NOT_A_MAP 1:1'],
    ['text', 'NOT_A_MAP 1:1'],
    ['a: 1\na: 2\n', 'DUPLICATE_KEY 2:1'],
    ['a: "x\n', 'YAML_SYNTAX 2:1'],
    ['a:\n\t- b\n', 'YAML_SYNTAX 2:1'],
    ['a: 1\n---\nb: 2\n', 'YAML_SYNTAX 2:1'],
    ['1: x\n', 'YAML_SYNTAX 1:1'],
    ['? [a]\n: x\n', 'YAML_SYNTAX 1:3'],
    ['<<: {a: 1}\n', 'YAML_SYNTAX 1:1'],
    ['__proto__: 1\n', 'YAML_SYNTAX 1:1'],
    ['a: *b\n', 'YAML_SYNTAX 1:4'],
    ['a: &b [*b]\n', 'YAML_SYNTAX 1:8'],
    ['a: !tag b\n', 'YAML_SYNTAX 1:4'],
    ['%YAML 1.1\n---\na: on\n', 'YAML_SYNTAX 1:1'],
    ['a: {b: ${env:X}}\n', 'YAML_SYNTAX 1:9'],
  ])('%j is reported as %s', (text, expected) => {
    expect(brief(parse(text).problems)).toEqual([expected]);
  });

  it('reads off and on as text, as YAML 1.2 does', () => {
    expect(parse('a: off\nb: on\nc: false\nd: 0x10\n').document?.value).toEqual({
      a: 'off',
      b: 'on',
      c: false,
      d: 16,
    });
  });

  it('expands aliases within bounds', () => {
    expect(parse('a: &x [1, 2]\nb: *x\n').document?.value).toEqual({ a: [1, 2], b: [1, 2] });
    const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level += 1) {
      laughs.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(parse(laughs.join('\n')).problems.map(({ code }) => code)).toEqual(['TOO_COMPLEX']);
  });

  it.each([
    ['brackets', '['.repeat(1_000_000)],
    ['braces', '{a: '.repeat(200_000)],
    ['list dashes', '- '.repeat(200_000)],
    ['explicit keys', '? '.repeat(200_000)],
    ['indentation', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('refuses a text that nests too deeply by %s', (_, text) => {
    expect(parse(text).problems.map(({ code }) => code)).toEqual(['TOO_COMPLEX']);
  });

  it('takes brackets in quotes, comments and block text for what they are', () => {
    const many = '['.repeat(500);
    expect(parse(`a: "${many}" # ${many}\nb: |\n  ${many}\n`).problems).toEqual([]);
  });

  it('locates keys, values, list items and what is missing', () => {
    const { document } = parse('services:\n  api:\n    endpoints: [a, b]\nroutes:\n  - path: /x\n');
    expect(document?.locate(['services', 'api'], 'key')).toMatchObject({ line: 2, column: 3 });
    expect(document?.locate(['services', 'api', 'endpoints', 1], 'value')).toMatchObject({
      line: 3,
      column: 20,
    });
    expect(document?.locate(['routes', 0, 'host'], 'value')).toMatchObject({ line: 5, column: 5 });
    expect(document?.locate(['nothing', 'here'], 'value')).toMatchObject({ line: 1, column: 1 });
  });
});

describe('read-config: references', () => {
  it('puts in variables, files and secrets', () => {
    file('key', 'k3y-bytes\n');
    const { document, problems, watchedFiles } = parse(
      'secrets: { a: "${env:A}", b: "${file:./key}" }\nx: "${secret.a}-${secret.b}"\ny: "${file:key}"\n',
      { A: 'alpha' },
    );
    expect(problems).toEqual([]);
    expect(document?.value).toMatchObject({ x: 'alpha-k3y-bytes', y: 'k3y-bytes' });
    expect(document?.secretValues.toSorted()).toEqual(['alpha', 'k3y-bytes']);
    expect(watchedFiles).toEqual([join(folder, 'penstock.yaml'), join(folder, 'key')]);
    expect(document?.referenceAt(['x'])).toBe('part');
    expect(document?.referenceAt(['y'])).toBe('whole');
  });

  it('takes off one trailing line break only', () => {
    file('two', 'x\r\n\r\n');
    expect(parse('a: "${file:two}"').document?.value).toEqual({ a: 'x\r\n' });
  });

  it('reports each failure once, at its column', () => {
    const { problems } = parse(
      'secrets: { known: x, bad: "${env:NOPE}" }\na: "x ${env:NOPE2}"\nb: "${file:absent}"\nc: "${secret.knwon}"\nd: "${secret.bad}"\n',
    );
    expect(brief(problems)).toEqual([
      'MISSING_ENV 1:28',
      'MISSING_ENV 2:7',
      'MISSING_FILE 3:5',
      'MISSING_SECRET 4:5',
    ]);
    expect(problems[3]?.suggestion).toBe('known');
  });

  it('refuses secrets that refer to secrets, folders and pipes', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]);
    const { problems } = parse('secrets: { a: x, b: "${secret.a}" }\nc: "${file:sub}"\nd: "${file:pipe}"\n');
    expect(problems.map(({ code }) => code)).toEqual(['BAD_REFERENCE', 'MISSING_FILE', 'MISSING_FILE']);
  });

  it('collects the token and secrets of every type', () => {
    const { document } = parse('admin_token: 0012345\nsecrets: { a: { k3y: [deep] }, b: 7654321 }\n');
    expect(document?.secretValues.toSorted()).toEqual(['0012345', '12345', '7654321', 'deep', 'k3y']);
  });
});

describe('read-config: what may be shown', () => {
  it.each([
    'admin_token: hunter2222 x: y\n',
    'secrets:\n  a: hunter2222\n  a: hunter2222\n',
    'admin_token: |\n  hunter2222\n\t bad\n',
    '{ admin_token: hunter2222, admin_token: x }\n',
    'admin_token: "hunter2222\nfoo',
    'admin_token: !hunter2222 x\n',
    'admin_token: *hunter2222\n',
    '"admin\\u005ftoken": hunter2222\nx: "${hunter2222}"\n',
  ])('no problem of %j shows the secret', (text) => {
    const { problems } = parse(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(
      JSON.stringify(
        problems.map(({ message, sourceLine, suggestion }) => [message, sourceLine, suggestion]),
      ),
    ).not.toContain('hunter2222');
  });

  it('shows the line where it is harmless', () => {
    expect(parse('a: "${env:NOPE}"\n').problems[0]?.sourceLine).toBe('a: "${env:NOPE}"');
  });
});
