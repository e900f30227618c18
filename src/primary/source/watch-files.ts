/**
 * Tells when one of some files changed: watches their folders, since editors and orchestrators replace files by renaming,
 * and looks at them now and then in case the system tells nothing (network file systems, too few inotify watches). Primary
 * thread. A change is told once two looks in a row saw the same, so that a file that is still being written is left alone.
 */

import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../kit/clock.ts';

/** From an event to the first look, which gathers a burst of them; then to the second. Together the contract's 200 ms. */
const GATHER_MS = 50;
const QUIET_MS = 150;
const LOOK_INTERVAL_MS = 2_000;

export interface FileWatch {
  /**
   * Called before the files are read: what they look like now is what the reading is taken to have seen. A change that
   * comes while they are read is then told afterwards, however short it was.
   */
  mark(): void;
  /** Watches these from now on. */
  follow(paths: readonly string[]): void;
  close(): void;
}

/** What a file looks like, in one line; when it was last touched, milliseconds since the epoch (-1: there is none). */
interface Look {
  readonly text: string;
  readonly changedMs: number;
}

export function watchFiles(clock: Pick<Clock, 'epochMs'>, onChange: () => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let paths: readonly string[] = [];
  /** What the last reading saw. */
  let known = new Map<string, string>();
  let markedMs = clock.epochMs();
  /** What the look before saw, if that was news. */
  let news: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const lookIn = (ms: number): void => {
    if (timer === null && !closed) timer = setTimeout(look, ms).unref();
  };
  const look = (): void => {
    timer = null;
    const now = new Map(paths.map((path) => [path, lookAt(path).text]));
    const text = [...now.values()].join('\n');
    if (text === paths.map((path) => known.get(path)).join('\n')) news = null;
    else if (text !== news) {
      news = text;
      lookIn(QUIET_MS);
    } else {
      news = null;
      known = now;
      onChange();
    }
  };
  const poll = setInterval(() => lookIn(0), LOOK_INTERVAL_MS).unref();

  const watchFolder = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        // A rename of anything counts: the file itself may be a link to what was renamed. But a log that grows in the same
        // folder must not keep us looking.
        if (event === 'rename' || name === null || isWatched(paths, folder, name)) lookIn(GATHER_MS);
      });
      // The folder went away, or the system gave up on it: the poll goes on.
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // Not watchable: the poll goes on.
    }
  };

  return {
    mark() {
      markedMs = clock.epochMs();
      known = new Map(paths.map((path) => [path, lookAt(path).text]));
      news = null;
    },
    follow(next) {
      if (closed) return;
      paths = [...new Set(next)].sort();
      const before = known;
      known = new Map(
        paths.map((path) => {
          const { text, changedMs } = lookAt(path);
          // One that was not followed yet: touched since the mark means that the reading may have missed it.
          return [path, before.get(path) ?? (changedMs > markedMs ? 'unknown' : text)];
        }),
      );
      const folders = new Set(paths.map((path) => dirname(path)));
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of folders) if (!watchers.has(folder)) watchFolder(folder);
      // What happened before a folder was watched, nobody has told.
      lookIn(GATHER_MS);
    },
    close() {
      closed = true;
      clearInterval(poll);
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function isWatched(paths: readonly string[], folder: string, name: string): boolean {
  return paths.some((path) => basename(path) === name && dirname(path) === folder);
}

/** Changes when the file is replaced, written, removed or comes to be. Symbolic links are followed. */
function lookAt(path: string): Look {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return { text: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`, changedMs: Math.max(mtimeMs, ctimeMs) };
  } catch {
    return { text: 'none', changedMs: -1 };
  }
}
