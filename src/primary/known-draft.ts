/**
 * The configuration that was read before: a reload that the file of a certificate set off does not parse and check it again. Primary thread.
 *
 * It is the same where the stamps of its file and of every file that its `${file:…}` name are as they were *before* it was read, and settled
 * (`file-stamp.ts`): what changed after that look, and so maybe before the reading, has another stamp now.
 */

import type { Problem } from '../kit/problem.ts';
import type { ConfigDraft } from './draft.ts';
import { isSettled, stampAt } from './file-stamp.ts';
import { readConfig } from './source/read-config.ts';
import { validateConfig } from './validate/validate.ts';

export interface DraftResult {
  /** Null where there are problems. */
  readonly draft: ConfigDraft | null;
  readonly problems: readonly Problem[];
  /** Every file that was looked at, and those that the draft names. */
  readonly watchedFiles: readonly string[];
}

export interface DraftOrder {
  readonly file: string;
  /** Always the same for one `KnownDraft`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Since the epoch, now or earlier. */
  readonly startedMs: number;
  /** A configuration whose stamps are as before is not read. */
  readonly trustStamps: boolean;
}

interface Known {
  readonly stamps: ReadonlyMap<string, string>;
  readonly draft: ConfigDraft;
}

export class KnownDraft {
  #known: Known | null = null;
  /** The files that the last reading looked at, to be looked at before the next. */
  #files: readonly string[] = [];

  read({ file, env, startedMs, trustStamps }: DraftOrder): DraftResult {
    const stamps = settledStamps([file, ...this.#files], startedMs);
    if (trustStamps && this.#known !== null && hasAll(stamps, this.#known.stamps)) {
      const { draft } = this.#known;
      return { draft, problems: [], watchedFiles: draft.watchedFiles };
    }
    const read = readConfig(file, env);
    const { draft, problems } = validateConfig(read);
    this.#files = read.watchedFiles;
    this.#known = draft === null ? null : knownOf(draft, read.watchedFiles, stamps);
    return { draft, problems, watchedFiles: draft?.watchedFiles ?? read.watchedFiles };
  }
}

/** Null: of some file it is not known what it looked like before it was read. */
function knownOf(
  draft: ConfigDraft,
  files: readonly string[],
  stamps: ReadonlyMap<string, string>,
): Known | null {
  const own = new Map<string, string>();
  for (const path of files) {
    const stamp = stamps.get(path);
    if (stamp === undefined) return null;
    own.set(path, stamp);
  }
  return { stamps: own, draft };
}

function settledStamps(paths: readonly string[], startedMs: number): ReadonlyMap<string, string> {
  const stamps = new Map<string, string>();
  for (const path of paths) {
    const stamp = stampAt(path);
    if (stamp !== null && isSettled(stamp, startedMs)) stamps.set(path, stamp.text);
  }
  return stamps;
}

function hasAll(stamps: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): boolean {
  for (const [path, stamp] of wanted) if (stamps.get(path) !== stamp) return false;
  return true;
}
