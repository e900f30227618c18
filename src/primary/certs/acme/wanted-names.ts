/** Which names automatic certificates are to be obtained for: one certificate a name. Primary thread; pure. */

import type { Origin, Problem } from '../../../kit/problem.ts';
import type { RouteDraft } from '../../draft.ts';

export interface WantedName {
  /** `a.example.com` or `*.example.com`, lower-case. */
  readonly host: string;
  /** Whom the authority may write to; null = nobody. */
  readonly email: string | null;
  /** The first route that has the name. */
  readonly origin: Origin;
}

export interface WantedNames {
  /** In the order of the file, each once. */
  readonly names: readonly WantedName[];
  readonly warnings: readonly Problem[];
}

/** `hosts`: for each route, those of its names that are to have one (`compile/tls-modes.ts`). `email`: of the `acme:` section. */
export function wantedNames(
  routes: readonly RouteDraft[],
  hosts: readonly (readonly string[])[],
  email: string | null,
): WantedNames {
  const names = new Map<string, WantedName>();
  const warnings: Problem[] = [];
  routes.forEach(({ name, acmeEmail, origin }, index) => {
    for (const host of hosts[index] ?? []) {
      const first = names.get(host);
      if (first === undefined) names.set(host, { host, email: acmeEmail ?? email, origin });
      else if (acmeEmail !== null && acmeEmail !== first.email) {
        const message = `route "${name}" has another acme_email for ${host} than line ${first.origin.line} says; that of line ${first.origin.line} counts`;
        warnings.push({ code: 'ACME_EMAIL', path: `routes[${index}].acme_email`, message, origin });
      }
    }
  });
  const nobody = [...names.values()].find((wanted) => wanted.email === null);
  if (nobody !== undefined) {
    const message = `the authority is given no mail address for ${nobody.host}, and cannot tell anybody of trouble with its certificate; set acme.email`;
    warnings.push({ code: 'ACME_EMAIL', path: 'acme', message, origin: nobody.origin });
  }
  return { names: [...names.values()], warnings };
}
