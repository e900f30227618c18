/** Records that come in pages: reads one page after the other. Primary thread. */

import { challengeError } from '../challenge-problem.ts';

/** A name has a handful of TXT records, not thousands. */
const MAX_PAGES = 50;

export interface RecordPage {
  /** Of the records that are looked for. */
  readonly ids: readonly string[];
  readonly isLast: boolean;
}

/** All ids. `readPage`: from 1 on. Rejects with `dns_provider` where the pages do not end. */
export async function idsOnPages(
  provider: string,
  doing: string,
  readPage: (page: number) => Promise<RecordPage>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { ids, isLast } = await readPage(page);
    found.push(...ids);
    if (isLast) return found;
  }
  throw challengeError('dns_provider', `${provider}: more than ${MAX_PAGES} pages ${doing}`);
}
