import { describe, expect, it } from 'vitest';
import { briefly, validateText } from './validate-text.ts';

describe('validate: domains', () => {
  it('takes name servers by their IP address', () => {
    const text = 'domains: { resolvers: [127.0.0.1, "127.0.0.1:53", "::1", "[::1]:5353", 127.0.0.1] }';
    expect(validateText(text).draft?.domains.resolvers).toEqual([
      '127.0.0.1',
      '127.0.0.1:53',
      '::1',
      '[::1]:5353',
    ]);
    expect(validateText('{}').draft?.domains).toEqual({ resolvers: [] });
  });

  it.each(['dns.test', 'dns.test:53', ':53', '127.0.0.1:0', '127.0.0.1:70000', '[::1]', ''])(
    'rejects %j (BAD_ADDRESS)',
    (server) => {
      const { problems } = validateText(`domains: { resolvers: ["${server}"] }`);
      expect(briefly(problems)).toEqual(['BAD_ADDRESS domains.resolvers[0]']);
    },
  );
});
