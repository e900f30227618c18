/**
 * Turns the schema's nested issues into a flat list. Where several forms are possible (an address, a list of addresses,
 * off), only what is wrong with the form that was evidently meant is kept. Primary thread; pure.
 */

import type { z } from 'zod';
import type { ConfigPath } from '../config-document.ts';

type Issue = z.core.$ZodIssue;

/** An issue with its path from the top of the file. Never an `invalid_union` whose forms say more than itself. */
export interface FoundIssue {
  readonly issue: Issue;
  readonly path: ConfigPath;
}

export function flattenIssues(issues: readonly Issue[], base: ConfigPath = []): readonly FoundIssue[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
    if (issue.code !== 'invalid_union') return [{ issue, path }];
    const meant = meantForm(issue.errors);
    return meant === null ? [{ issue, path }] : flattenIssues(meant, path);
  });
}

/** The one form whose type fits; among those, one that is not just another fixed word. */
function meantForm(forms: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const ofType = forms.filter((form) => !form.some((issue) => atTop(issue, 'invalid_type')));
  const open = ofType.filter((form) => !form.some((issue) => atTop(issue, 'invalid_value')));
  return open.length === 1 ? (open[0] ?? null) : null;
}

function atTop(issue: Issue, code: Issue['code']): boolean {
  // A union within a form fits no type at all if none of its own forms does.
  if (issue.code === 'invalid_union' && issue.path.length === 0) {
    return issue.errors.every((form) => form.some((inner) => atTop(inner, code)));
  }
  return issue.code === code && issue.path.length === 0;
}
