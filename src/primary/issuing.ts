/** How the `acme:` section obtains certificates, as far as it matters for which names can have one. Primary thread; pure. */

import { type Issuing, isPublicDirectory } from '../kit/issuable-name.ts';
import type { AcmeSectionDraft } from './certs/acme/acme-draft.ts';

export function issuing({
  challenge,
  directory,
  caFile,
}: Pick<AcmeSectionDraft, 'challenge' | 'directory' | 'caFile'>): Issuing {
  // Who brings a root of its own is no authority that everybody trusts.
  return { challenge, isPublic: caFile === null && isPublicDirectory(directory) };
}
