/**
 * Tells when one of some files changed: watches their folders, since editors and orchestrators replace files by renaming,
 * and looks at them now and then in case the system tells nothing (network file systems, too few inotify watches). Primary
 * thread. A change is told once things have been quiet for a moment.
 */

import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

const QUIET_MS = 200;
const LOOK_INTERVAL_MS = 2_000;

export interface FileWatch {
  /** Watches these from now on. */
  follow(paths: readonly string[]): void;
  close(): void;
}

export function watchFiles(onChange: () => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let paths: readonly string[] = [];
  let known = '';
  let quiet: NodeJS.Timeout | null = null;

  const look = (): void => {
    const now = fingerprint(paths);
    if (now === known) return;
    known = now;
    onChange();
  };
  const stirred = (): void => {
    if (quiet !== null) clearTimeout(quiet);
    quiet = setTimeout(look, QUIET_MS).unref();
  };
  const poll = setInterval(() => {
    if (fingerprint(paths) !== known) stirred();
  }, LOOK_INTERVAL_MS).unref();

  const watchFolder = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, stirred);
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
    follow(next) {
      paths = [...new Set(next)].sort();
      const folders = new Set(paths.map((path) => dirname(path)));
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of folders) if (!watchers.has(folder)) watchFolder(folder);
      known = fingerprint(paths);
    },
    close() {
      clearInterval(poll);
      if (quiet !== null) clearTimeout(quiet);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Changes when a file is replaced, written, removed or comes to be. Symbolic links are followed. */
function fingerprint(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
        return `${path}:${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
      } catch {
        return `${path}:none`;
      }
    })
    .join('\n');
}
