/** Completes the `acme:` section by the file that it names. Primary thread. Messages name the file, never its content. */

import type { Problem } from '../../../kit/problem.ts';
import { type Report, readChain } from '../certificate-pair.ts';
import type { AcmeDraft, AcmeSectionDraft } from './acme-draft.ts';

export type AcmeResult = { readonly acme: AcmeDraft | null } | { readonly problems: readonly Problem[] };

/** Null: there is none. Never throws. */
export function loadAcme(section: AcmeSectionDraft | null): AcmeResult {
  if (section === null) return { acme: null };
  const { caFile, origin, ...rest } = section;
  if (caFile === null) return { acme: Object.freeze({ ...rest, caPem: null }) };
  const problems: Problem[] = [];
  const report: Report = (code, message) => problems.push({ code, path: 'acme.ca_file', message, origin });
  const chain = readChain(caFile, report);
  return chain === null
    ? { problems }
    : { acme: Object.freeze({ ...rest, caPem: chain.map(String).join('') }) };
}
