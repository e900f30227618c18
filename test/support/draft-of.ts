/** A draft from the text of a configuration, by the real reading and validation. */

import type { ConfigDraft } from '../../src/primary/draft.ts';
import { parseConfigText } from '../../src/primary/source/read-config.ts';
import { validateConfig } from '../../src/primary/validate/validate.ts';

export const DRAFT_FILE = '/etc/penstock/penstock.yaml';

/** Throws with the problems where there are any. */
export function draftOf(text: string): ConfigDraft {
  const { draft, problems } = validateConfig(parseConfigText(text, DRAFT_FILE, {}));
  if (draft === null) throw new Error(problems.map(({ code, message }) => `${code} ${message}`).join('\n'));
  return draft;
}
