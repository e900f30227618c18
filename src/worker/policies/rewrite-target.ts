// hot: runs once per request
/** The request target that an endpoint gets (contract, `rewrite`). Pure. */

import type { Rewrite, Route } from '../../bridge/snapshot/model.ts';

/**
 * `target`: path and query as received, which is what goes on where no path rewrite applies. A rewrite works on `path`, the
 * normal form: what was matched is what is rewritten. The query always goes on byte for byte.
 */
export function rewriteTarget(route: Route, target: string, pathEnd: number, path: string): string {
  const { rewrite } = route;
  // `*` is no path (RFC 9112 3.2.4): there is nothing to rewrite in it.
  if (rewrite === null || target === '*') return target;
  const rewritten = rewritePath(rewrite, route.path, path);
  return rewritten === null ? target : rewritten + target.slice(pathEnd);
}

/** Null where no path rewrite applies. */
function rewritePath(rewrite: Rewrite, routePath: string, path: string): string | null {
  if (rewrite.replacePath !== null) return rewrite.replacePath;
  if (rewrite.stripPrefix !== null) {
    const rest = afterPrefix(path, rewrite.stripPrefix);
    if (rest === null) return null;
    return rest === '' ? '/' : rest;
  }
  if (rewrite.replacePrefix !== null) {
    const rest = afterPrefix(path, routePath);
    return rest === null ? null : joinPaths(rewrite.replacePrefix, rest);
  }
  return null;
}

/** What follows a prefix that ends on a segment boundary: empty or from `/` on. Null if the path is not under it. */
function afterPrefix(path: string, prefix: string): string | null {
  if (prefix === '/') return path;
  if (!path.startsWith(prefix)) return null;
  const rest = path.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? rest : null;
}

function joinPaths(prefix: string, rest: string): string {
  if (prefix.endsWith('/') && rest.startsWith('/')) return prefix + rest.slice(1);
  return prefix + rest === '' ? '/' : prefix + rest;
}
