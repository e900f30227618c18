import { describe, expect, it } from 'vitest';
import { digestOf, encodeContent } from '../../../src/bridge/snapshot/codec.ts';
import { contentOf, currentOf } from '../../../src/primary/current.ts';
import { makePublication } from '../../../src/primary/publish/publication.ts';
import { draftOf } from '../../support/draft-of.ts';
import { GOLDEN_CONTENT } from '../../support/golden-content.ts';

describe('current', () => {
  const publication = makePublication(GOLDEN_CONTENT, 3, 0);
  const current = currentOf(
    draftOf('state_dir: /var/lib/x\n'),
    GOLDEN_CONTENT.services,
    GOLDEN_CONTENT,
    publication,
  );

  it('gives the content back as it was published', () => {
    const content = contentOf(current);
    expect(content.routes).toEqual(GOLDEN_CONTENT.routes);
    expect(digestOf(encodeContent(content))).toBe(publication.digest);
  });

  it('keeps no routes and of the draft what is asked later', () => {
    expect(Object.keys(current.content)).not.toContain('routes');
    expect(Object.keys(current.content)).not.toContain('routeTable');
    expect(current.draft).toEqual({ stateDir: '/var/lib/x', timeouts: expect.anything() });
  });
});
