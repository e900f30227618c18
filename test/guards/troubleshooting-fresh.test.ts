import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withTroubleshooting } from '../../scripts/troubleshooting-table.mjs';
import { CAUSES } from '../../src/primary/certs/acme/diagnosis/causes.ts';

const text = readFileSync(new URL('../../docs/automatic-certificates.md', import.meta.url), 'utf8');

describe('troubleshooting-fresh', () => {
  it('docs/automatic-certificates.md has the table that the catalogue gives (mend: npm run build, node scripts/gen-troubleshooting.mjs)', () => {
    expect(text).toBe(withTroubleshooting(text, CAUSES));
  });

  it.each(Object.entries(CAUSES))(
    '%s can stand in the table and behind a message',
    (code, { title, remedy }) => {
      expect(code).toMatch(/^[a-z][a-z0-9_]*$/);
      // A clause, and sentences.
      expect(title).toMatch(/^(?:[a-z]|DNS ).*[^.]$/);
      expect(remedy).toMatch(/^[A-Zp].*\.$/);
      expect(`${title}${remedy}`).not.toMatch(/[|\n]/);
    },
  );
});
