/** README, CHANGELOG, CONTRIBUTING and docs/: what they name exists, and the table of what works keeps its shape. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  performanceSection,
  type StoredComparison,
  sectionOf,
} from '../../bench/compare/performance-section.mjs';
import { ROOT, treeFiles } from '../support/source-tree.ts';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
};
const documents = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'].map((path) => ({ path, text: read(path) })),
  ...treeFiles(['docs', 'src', 'bench', 'examples', 'flamegraphs', 'test'], /\.md$/),
];

/** The rows under the first table head that holds these words. */
function tableRows(text: string, head: string): string[][] {
  const lines = text.split('\n');
  const start = lines.indexOf(head);
  if (start < 0) return [];
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

describe('README', () => {
  const readme = read('README.md');

  it('quotes figures of a stored comparison, and as they are stored', () => {
    const { section, file } = sectionOf(readme);
    expect(file).toMatch(/^bench\/results\/compare-.*\.json$/);
    const data = JSON.parse(read(file as string)) as StoredComparison;
    expect(section).toBe(performanceSection(data, file as string));
    expect(section).toContain(data.commit);
    expect(section).toContain(data.machine);
  });

  it('names the two commands that need nothing before them', () => {
    expect(readme).toContain('npm start');
    expect(readme).toContain('npm test');
  });

  it('has a table of what works today: part, state, note', () => {
    const rows = tableRows(readme, '| Part | Today | Note |');
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(3);
      expect(['works', 'in part', 'not yet'], row[0]).toContain(row[1]);
    }
    expect(
      rows.filter(([, today]) => today === 'in part').every(([, , note]) => note !== ''),
      'say which part',
    ).toBe(true);
  });
});

describe('documents', () => {
  it.each(documents.map(({ path, text }) => [path, text]))('%s links only to what exists', (path, text) => {
    const broken: string[] = [];
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue;
      const file = target.split('#', 1)[0] ?? '';
      if (!existsSync(join(ROOT, dirname(path), file))) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  it.each(documents.map(({ path, text }) => [path, text]))(
    '%s names only npm scripts that exist',
    (_path, text) => {
      const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
    },
  );

  it('CHANGELOG has a section for the version of package.json', () => {
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`^## \\[${manifest.version.replaceAll('.', '\\.')}\\]`, 'm'),
    );
  });

  it('docs/decisions/README.md lists every record, and every record has its three parts', () => {
    const index = read('docs/decisions/README.md');
    const records = readdirSync(join(ROOT, 'docs', 'decisions')).filter((name) =>
      /^\d{4}-.*\.md$/.test(name),
    );
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      expect(index).toContain(`(${record})`);
      const text = read(join('docs', 'decisions', record));
      for (const part of ['## Context', '## Decision', '## Consequences'])
        expect(text, record).toContain(part);
    }
  });
});
