/**
 * Tells when one of some files changed. Primary thread. A change is told once two looks in a row saw the same, so that a file that is still
 * being written is left alone.
 *
 *   the system tells of a name in a folder ─▶ suspects ─ GATHER ─▶ look ─ news ─ QUIET ─▶ look ─ the same news ─▶ onChange
 *   every POLL: what changed of a turn of them ─▶ suspects ─▶ look
 *
 * Folders are watched, not files: editors and orchestrators replace files by renaming, and a folder costs one inotify watch (no descriptor) for
 * all that lie in it. The poll is for what the system does not tell: changes over a network file system or behind a link to another folder, and
 * too few inotify watches. Files of certificates may be many, so they take turns in it; that one of them was put there or replaced shows in its folder.
 */

import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../kit/clock.ts';
import { stampAt } from '../file-stamp.ts';
import { Turns } from './turns.ts';

/** From an event to the first look, which gathers a burst of them; then to the second. Together the contract's 200 ms. */
const GATHER_MS = 50;
const QUIET_MS = 150;
const POLL_MS = 2_000;
/** Folders and files of certificates that one poll looks at: some 8 ms. */
const A_TURN = 1_000;
/** So many followed files of a folder are looked at for every rename in it. */
const FEW = 100;
/** What a missing file looks like. */
const NONE = 'none';

export interface FileWatch {
  /**
   * Called before the files are read: what they look like now is what the reading is taken to have seen, but for those whose stamps
   * `follow` is told. A change that comes while they are read is told afterwards, however short it was.
   */
  mark(): void;
  /** Watches these from now on. `read`: the stamps of those that are known to have been read, by path; they take turns in the poll. */
  follow(paths: readonly string[], read: ReadonlyMap<string, string>): void;
  close(): void;
}

interface Folder {
  readonly path: string;
  /** Followed files by the last part of their paths. */
  readonly files: Map<string, string>;
  watcher: FSWatcher | null;
  /** What it looked like when it was last watched or polled. */
  look: string;
}

export function watchFiles(clock: Pick<Clock, 'epochMs'>, onChange: () => void): FileWatch {
  const folders = new Map<string, Folder>();
  const folderTurns = new Turns<Folder>();
  const fileTurns = new Turns<string>();
  /** What the last reading saw, by path. */
  let known = new Map<string, string>();
  /** Those of `known` that are told by stamps. */
  let stamped: ReadonlyMap<string, string> = new Map();
  let markedMs = clock.epochMs();
  /** Files that may have changed. */
  let suspects = new Set<string>();
  /** What the last look found that is not known. */
  let news = new Map<string, string>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const lookIn = (ms: number): void => {
    if (timer === null && !closed) timer = setTimeout(look, ms).unref();
  };
  const look = (): void => {
    timer = null;
    const found = new Map<string, string>();
    for (const path of suspects) {
      const before = known.get(path);
      if (before === undefined) continue;
      const now = lookAt(path);
      if (now !== before) found.set(path, now);
    }
    suspects = new Set(found.keys());
    if (found.size > 0 && !haveSame(found, news)) {
      news = found;
      lookIn(QUIET_MS);
      return;
    }
    suspects.clear();
    news = new Map();
    for (const [path, text] of found) known.set(path, text);
    if (found.size > 0) onChange();
  };

  const suspectAll = ({ files }: Folder): void => {
    for (const path of files.values()) suspects.add(path);
    lookIn(GATHER_MS);
  };
  const lookInto = (folder: Folder): void => {
    const before = folder.look;
    folder.look = lookAt(folder.path);
    // Another folder in its place is not the one that is watched.
    if (inodeOf(folder.look) !== inodeOf(before)) watchFolder(folder);
    suspectAll(folder);
  };
  const watchFolder = (folder: Folder): void => {
    folder.watcher?.close();
    folder.watcher = null;
    try {
      const watcher = watch(folder.path, { persistent: false }, (event, name) => {
        const path = name === null ? undefined : folder.files.get(name);
        if (path !== undefined) {
          suspects.add(path);
          lookIn(GATHER_MS);
        } else if (name === null || (event === 'rename' && mayLead(folder, name))) lookInto(folder);
      });
      folder.watcher = watcher;
      // The folder went away, or the system gave up on it: the poll goes on.
      watcher.on('error', () => {
        watcher.close();
        if (folder.watcher === watcher) folder.watcher = null;
      });
    } catch {
      // Not watchable: the poll goes on.
    }
  };

  const pollFolder = (folder: Folder): void => {
    if (lookAt(folder.path) !== folder.look) lookInto(folder);
  };
  const pollFile = (path: string): void => {
    if (lookAt(path) === known.get(path)) return;
    suspects.add(path);
    lookIn(0);
  };
  const poll = setInterval(() => {
    folderTurns.next(A_TURN, pollFolder);
    for (const path of known.keys()) if (!stamped.has(path)) pollFile(path);
    fileTurns.next(A_TURN, pollFile);
  }, POLL_MS).unref();

  const followFolders = (): void => {
    for (const { files } of folders.values()) files.clear();
    for (const path of known.keys()) {
      const at = dirname(path);
      let folder = folders.get(at);
      if (folder === undefined) {
        folder = { path: at, files: new Map(), watcher: null, look: lookAt(at) };
        folders.set(at, folder);
      }
      folder.files.set(basename(path), path);
    }
    for (const folder of folders.values()) {
      if (folder.files.size === 0) {
        folder.watcher?.close();
        folders.delete(folder.path);
      } else if (folder.watcher === null) {
        watchFolder(folder);
        // What happened before it was watched, nobody has told.
        suspectAll(folder);
      }
    }
    folderTurns.of([...folders.values()]);
  };

  return {
    mark() {
      markedMs = clock.epochMs();
      for (const path of known.keys()) if (!stamped.has(path)) known.set(path, lookAt(path));
      news = new Map();
    },
    follow(paths, read) {
      if (closed) return;
      const before = known;
      const lookNow = (path: string): string => {
        const stamp = stampAt(path);
        // Touched since the mark means that the reading may have missed it.
        return stamp === null ? NONE : stamp.changedMs > markedMs ? 'unknown' : stamp.text;
      };
      known = new Map(
        paths.map((path) => {
          const marked = stamped.has(path) ? undefined : before.get(path);
          return [path, read.get(path) ?? marked ?? lookNow(path)];
        }),
      );
      stamped = read;
      fileTurns.of([...read.keys()].filter((path) => known.has(path)));
      if (known.size !== before.size || paths.some((path) => !before.has(path))) followFolders();
      for (const path of known.keys()) if (!read.has(path)) suspects.add(path);
      lookIn(GATHER_MS);
    },
    close() {
      closed = true;
      clearInterval(poll);
      if (timer !== null) clearTimeout(timer);
      for (const { watcher } of folders.values()) watcher?.close();
      folders.clear();
    },
  };
}

/** Whether a followed file of the folder may be a link to what was renamed, or lie behind it. */
function mayLead({ path, files }: Folder, name: string): boolean {
  if (files.size <= FEW) return true;
  try {
    return !lstatSync(join(path, name)).isFile();
  } catch {
    return false;
  }
}

/** Changes when the file is replaced, written, removed or comes to be. Symbolic links are followed. */
function lookAt(path: string): string {
  return stampAt(path)?.text ?? NONE;
}

/** Of a look: the device and the inode. */
function inodeOf(look: string): string {
  return look.split(':', 2).join(':');
}

function haveSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, text] of a) if (b.get(path) !== text) return false;
  return true;
}
