import { describe, expect, it } from 'vitest';
import { type WantedNames, wantedNames } from '../../../../../src/primary/certs/acme/wanted-names.ts';
import { tlsModes } from '../../../../../src/primary/compile/tls-modes.ts';
import { DRAFT_FILE, draftOf } from '../../../../support/draft-of.ts';

function wantedOf(text: string): WantedNames {
  const draft = draftOf(text);
  return wantedNames(draft.routes, tlsModes(draft, []).modes?.wanted ?? [], draft.acme?.email ?? null);
}

describe('wantedNames', () => {
  it('has hosts and names that are redirected, each once, in the order of the file', () => {
    const { names, warnings } = wantedOf(`acme: { email: ops@example.com }
routes:
  - { host: [b.example.com, a.example.com], redirect_from: [www.b.example.com], respond: {} }
  - { host: b.example.com, path: /x, respond: {}, acme_email: team@example.com }
  - { host: c.example.com, respond: {}, acme_email: team@example.com }
  - { host: d.example.com, tls: off, respond: {} }
`);
    expect(names.map(({ host, email, origin }) => [host, email, origin.line])).toEqual([
      ['b.example.com', 'ops@example.com', 3],
      ['a.example.com', 'ops@example.com', 3],
      ['www.b.example.com', 'ops@example.com', 3],
      ['c.example.com', 'team@example.com', 5],
    ]);
    // The first route's address holds.
    expect(warnings).toEqual([
      {
        code: 'ACME_EMAIL',
        path: 'routes[1].acme_email',
        message: expect.stringContaining('that of line 3 counts'),
        origin: { file: DRAFT_FILE, line: 4, column: 5 },
      },
    ]);
  });

  it('says once that there is no address', () => {
    const { names, warnings } = wantedOf(
      'acme: {}\nroutes: [{ host: [a.example.com, b.example.com], respond: {} }]\n',
    );
    expect(names.map(({ email }) => email)).toEqual([null, null]);
    expect(warnings).toMatchObject([{ code: 'ACME_EMAIL', path: 'acme' }]);
    expect(wantedOf('acme: {}\n')).toEqual({ names: [], warnings: [] });
  });
});
