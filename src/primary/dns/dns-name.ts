/** Names of the domain name system as this room and its users compare them: lower case, without the last dot. Any thread; pure. */

/** `Example.COM.` → `example.com`; the root is the empty name. */
export function normalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** The name and all above it, the nearest first, without the root: `a.b.c` → `a.b.c`, `b.c`, `c`. */
export function selfAndParents(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.map((_, at) => labels.slice(at).join('.'));
}

/** `name` as it is written inside its zone: `a.b.example.com` in `example.com` → `a.b`; the zone itself is `@` (RFC 1035 5.1). */
export function relativeName(name: string, zone: string): string {
  return name === zone ? '@' : name.slice(0, -(zone.length + 1));
}
