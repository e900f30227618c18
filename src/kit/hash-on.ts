/** What of a request chooses its endpoint where a service balances by hash (`hash_on`). Both threads; pure. */

export type HashOn =
  /** The client's address, or the path in normal form. */
  | { readonly kind: 'ip' | 'path' }
  /** `name`: of a header in lower case, of a cookie as it is. */
  | { readonly kind: 'header' | 'cookie'; readonly name: string };

export const HASH_ON_FORMS = 'ip, path, header:NAME or cookie:NAME';

/** RFC 9110 5.6.2; RFC 6265 4.1.1 has the same for the name of a cookie. */
const NAMED = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]{1,256})$/;

/** Null for anything else than HASH_ON_FORMS. */
export function parseHashOn(text: string): HashOn | null {
  if (text === 'ip' || text === 'path') return { kind: text };
  const [, kind, name = ''] = NAMED.exec(text) ?? [];
  if (kind === 'header') return { kind, name: name.toLowerCase() };
  return kind === 'cookie' ? { kind, name } : null;
}

export function formatHashOn(hashOn: HashOn): string {
  return 'name' in hashOn ? `${hashOn.kind}:${hashOn.name}` : hashOn.kind;
}
