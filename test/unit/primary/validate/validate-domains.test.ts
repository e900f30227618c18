import { describe, expect, it } from 'vitest';
import { briefly, validateText } from './validate-text.ts';

describe('validate: domains', () => {
  it('takes name servers by their IP address', () => {
    const taken = (list: string) =>
      validateText(`domains: { resolvers: [${list}] }`).draft?.domains.resolvers;
    expect(taken('127.0.0.1, "127.0.0.1:53", 127.0.0.1')).toEqual(['127.0.0.1', '127.0.0.1:53']);
    expect(taken('"::1", "[::1]:5353"')).toEqual(['::1', '[::1]:5353']);
    expect(taken('127.0.0.1, 127.0.0.2, 127.0.0.3')).toHaveLength(3);
    expect(validateText('{}').draft?.domains).toEqual({ resolvers: [] });
  });

  it('rejects a fourth one, that would never be asked', () => {
    const { problems } = validateText('domains: { resolvers: [127.0.0.1, 127.0.0.2, 127.0.0.3, 127.0.0.4] }');
    expect(briefly(problems)).toEqual(['BAD_VALUE domains.resolvers']);
  });

  it.each(['dns.test', 'dns.test:53', ':53', '127.0.0.1:0', '127.0.0.1:70000', '[::1]', ''])(
    'rejects %j (BAD_ADDRESS)',
    (server) => {
      const { problems } = validateText(`domains: { resolvers: ["${server}"] }`);
      expect(briefly(problems)).toEqual(['BAD_ADDRESS domains.resolvers[0]']);
    },
  );
});
