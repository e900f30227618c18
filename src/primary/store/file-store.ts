/**
 * The store in files. Primary thread.
 *
 *   <root>/<key>                         the value, 0600 in folders of 0700; a star in a key is %2a
 *   <root>/.locks/<name>/<generation>    who holds a lock, and until when: file-lock.ts
 *   <root>/.damaged/<key>.<time>         what could not be read
 *
 * Every file is whole (`kit/atomic-write`). Names that begin with a dot are not keys: temporary files are named so, too. Nor are those of other files that
 * somebody has put there, as an editor's copy (`a.example.com~`) is: they stay, and are not seen.
 */

import { type Dirent, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder, removeFile, syncFolder, writeFileAtomic } from '../../kit/atomic-write.ts';
import type { Clock } from '../../kit/clock.ts';
import { messageOf, PenstockError } from '../../kit/errors.ts';
import { FileLock } from './file-lock.ts';
import { checkKey, checkPrefix, isKey, type Lease, type Store, type Watch } from './store.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** How often a watched folder is looked through for what another process wrote. Own changes are told at once. */
const LOOK_MS = 2_000;

interface Watcher {
  readonly prefix: string;
  readonly onChange: (key: string) => void;
}

export class FileStore implements Store {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();
  /** Of what is watched: by key, what the file looked like. */
  #seen: Map<string, string> = new Map();
  /** Of the folders that it is in: when each was changed last. Every change of a value is one of its folder: it is put under a new name. */
  #stamps: Map<string, string> = new Map();
  #isStirred = true;
  #look: NodeJS.Timeout | null = null;

  /** `root` is made when the first value is put. */
  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
  }

  async get(key: string): Promise<Buffer | null> {
    const file = this.#fileOf(key);
    try {
      return readFileSync(file);
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.#unusable('read', error);
    }
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    const file = this.#fileOf(key);
    try {
      makeFolder(dirname(file), FOLDER_MODE);
      writeFileAtomic(file, value, FILE_MODE);
    } catch (error) {
      throw this.#unusable('written', error);
    }
    this.#tell(key);
  }

  async delete(key: string): Promise<void> {
    const file = this.#fileOf(key);
    try {
      removeFile(file);
    } catch (error) {
      if (isMissing(error)) return;
      throw this.#unusable('written', error);
    }
    this.#tell(key);
  }

  async list(prefix: string): Promise<string[]> {
    checkPrefix(prefix);
    return this.#filesBelow(prefix).map(({ key }) => key);
  }

  watch(prefix: string, onChange: (key: string) => void): Watch {
    checkPrefix(prefix);
    const watcher = { prefix, onChange };
    this.#watchers.add(watcher);
    for (const { key, look } of this.#filesBelow(prefix))
      if (!this.#seen.has(key)) this.#seen.set(key, look());
    this.#isStirred = true;
    this.#look ??= setInterval(() => this.#lookAgain(), LOOK_MS).unref();
    return {
      close: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size > 0 || this.#look === null) return;
        clearInterval(this.#look);
        this.#look = null;
        this.#seen.clear();
        this.#stamps.clear();
      },
    };
  }

  async lock(name: string, leaseMs: number): Promise<Lease | null> {
    checkKey(name);
    const folder = join(this.#root, '.locks', fileName(name.replaceAll('/', '@')));
    try {
      makeFolder(folder, FOLDER_MODE);
      return FileLock.take(folder, leaseMs, this.#clock);
    } catch (error) {
      throw this.#unusable('written', error);
    }
  }

  async setAside(key: string): Promise<string | null> {
    const file = this.#fileOf(key);
    const time = new Date(this.#clock.epochMs()).toISOString().replaceAll(/[:.]/g, '-');
    const to = join(this.#root, '.damaged', `${fileName(key)}.${time}`);
    try {
      makeFolder(dirname(to), FOLDER_MODE);
      renameSync(file, to);
      // The new name first: what a power cut leaves under both is not lost.
      syncFolder(dirname(to));
      syncFolder(dirname(file));
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.#unusable('written', error);
    }
    this.#tell(key);
    return to;
  }

  #fileOf(key: string): string {
    checkKey(key);
    return join(this.#root, fileName(key));
  }

  #filesBelow(prefix: string): { readonly key: string; readonly look: () => string }[] {
    return this.#entriesBelow(prefix)
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ file, path: file.slice(this.#root.length + 1) }))
      .map(({ file, path }) => ({ key: keyOf(path), look: () => lookOf(file) }))
      .filter(({ key }) => isKey(key))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #entriesBelow(prefix: string): Dirent[] {
    try {
      return readdirSync(join(this.#root, fileName(prefix)), { recursive: true, withFileTypes: true });
    } catch (error) {
      if (isMissing(error)) return [];
      throw this.#unusable('read', error);
    }
  }

  /** Of an own change. */
  #tell(key: string): void {
    if (this.#watchers.size === 0) return;
    const look = lookOf(this.#fileOf(key));
    if (look === '') this.#seen.delete(key);
    else this.#seen.set(key, look);
    this.#tellWatchers(key);
  }

  #tellWatchers(key: string): void {
    for (const { prefix, onChange } of [...this.#watchers]) if (key.startsWith(prefix)) onChange(key);
  }

  /**
   * For what others did. Thousands of files are looked at only where a folder has changed, and once more after that: a change in the same tick of
   * the file system's clock as the one that was seen leaves the same stamp.
   */
  #lookAgain(): void {
    const hasChanged = [...this.#stamps].some(([folder, stamp]) => lookOf(folder) !== stamp);
    if (!hasChanged && !this.#isStirred) return;
    this.#isStirred = hasChanged;
    const now = new Map<string, string>();
    try {
      this.#stampFolders();
      for (const { prefix } of this.#watchers)
        for (const { key, look } of this.#filesBelow(prefix)) if (!now.has(key)) now.set(key, look());
    } catch {
      // A folder that cannot be read now is looked at again later; whoever gets a value hears of it.
      this.#isStirred = true;
      return;
    }
    const before = this.#seen;
    this.#seen = now;
    for (const [key, look] of now) if (look !== before.get(key)) this.#tellWatchers(key);
    for (const key of before.keys()) if (!now.has(key)) this.#tellWatchers(key);
  }

  /** Before what is in them is looked at. */
  #stampFolders(): void {
    this.#stamps.clear();
    for (const { prefix } of this.#watchers) {
      const top = join(this.#root, fileName(prefix));
      this.#stamps.set(top, lookOf(top));
      for (const entry of this.#entriesBelow(prefix)) {
        if (!entry.isDirectory()) continue;
        const folder = join(entry.parentPath, entry.name);
        this.#stamps.set(folder, lookOf(folder));
      }
    }
  }

  #unusable(verb: 'read' | 'written', cause: unknown): PenstockError {
    return new PenstockError(
      'PENSTOCK_STATE_UNWRITABLE',
      `the store ${this.#root} cannot be ${verb} (${messageOf(cause)}). Let user ${process.getuid?.() ?? ''} read and write it, or name another folder with state_dir.`,
      { cause },
    );
  }
}

function fileName(key: string): string {
  return key.replaceAll('*', '%2a');
}

function keyOf(path: string): string {
  return path.replaceAll('%2a', '*');
}

/** What tells one content of a file from another: each is a file of its own. Empty = gone. */
function lookOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

/** ENOTDIR: a key is asked for below one that has a value; there is nothing. */
function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ENOENT' || code === 'ENOTDIR';
}
