import { describe, expect, it } from 'vitest';
import { STARTER } from '../../../src/cli/starter.ts';
import { parseConfigText } from '../../../src/primary/source/read-config.ts';
import { validateConfig } from '../../../src/primary/validate/validate.ts';

const validated = (text: string) =>
  validateConfig(parseConfigText(text, '<starter>', { PENSTOCK_TOKEN: 'token-value' }));

describe('starter', () => {
  it('is a valid configuration', () => {
    const { draft, problems } = validated(STARTER);
    expect(problems).toEqual([]);
    expect(draft?.routes.map(({ name }) => name)).toEqual(['hello', 'web']);
  });

  it('is valid with every suggestion taken', () => {
    // Prose begins with a capital letter; what looks like YAML is a suggestion.
    const uncommented = STARTER.replaceAll(/^( *)# (?= *(?:- |[a-z_]+:))/gm, '$1');
    expect(uncommented).toMatch(/^certificates:$/m);
    const { draft, problems } = validated(uncommented);
    expect(problems).toEqual([]);
    expect(draft?.routes).toHaveLength(3);
    expect(draft?.certificates).toHaveLength(1);
    expect(draft?.services[0]?.endpoints).toHaveLength(2);
    expect(draft?.adminToken).toBe('token-value');
  });
});
