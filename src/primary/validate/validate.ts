/**
 * From what was read to a draft that can be compiled, or to every problem that it has. Shape first, then what only shows
 * between the parts; a fault in one part never hides another's. Primary thread; pure, never throws.
 */

import { sortProblems } from '../../kit/format-problems.ts';
import type { Problem } from '../../kit/problem.ts';
import { type ReadResult, withoutSecrets } from '../config-document.ts';
import type { ConfigDraft } from '../draft.ts';
import { checkAcme } from './check-acme.ts';
import { checkDuplicates } from './check-duplicates.ts';
import { checkHsts } from './check-hsts.ts';
import { checkListen } from './check-listen.ts';
import { checkRedirectFrom } from './check-redirect-from.ts';
import { checkRoutes } from './check-routes.ts';
import { checkCertificates, checkServices } from './check-services.ts';
import { checkShape } from './check-shape.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { routeNames } from './route-names.ts';
import { checkContext } from './sound-parts.ts';
import { toDraft } from './to-draft.ts';

export interface ValidateResult {
  /** Null where there is at least one problem. Deeply frozen. */
  readonly draft: ConfigDraft | null;
  /** Those of reading included, in the order of the file. */
  readonly problems: readonly Problem[];
}

export function validateConfig(read: ReadResult): ValidateResult {
  const { document } = read;
  if (document === null) return { draft: null, problems: sortProblems(read.problems) };
  const shape = checkShape(document);
  const across: Problem[] = [];
  const context = checkContext(document, shape, across);
  checkListen(context);
  checkServices(context);
  checkCertificates(context);
  checkWebhooks(context);
  checkRoutes(context);
  checkHsts(context);
  checkAcme(context);
  const names = routeNames(context.parts.routes);
  checkDuplicates(context, names);
  checkRedirectFrom(context, names);
  const found = withoutSecrets([...shape.problems, ...across], document.secretValues);
  const problems = sortProblems([...read.problems, ...found]);
  if (problems.length > 0 || shape.config === null) {
    return read.again === null ? { draft: null, problems } : validateConfig(read.again());
  }
  return { draft: toDraft(document, shape.config, names), problems: [] };
}
