/**
 * Where certificates, keys, accounts and the state of their issuance are kept: small values under names that look like paths. Primary
 * thread. Files today (`file-store.ts`); a store that several penstocks share implements the same, and passes the same tests
 * (test/support/store-contract.ts). A key is never the first part of another one, as `a` is of `a/b`: what is a file cannot be a folder.
 */

/** Segments of a key: what a host name, a label or a hash is made of. A star is the wildcard of a host. */
const KEY = /^[a-z0-9*@_-][a-z0-9*@._-]*(?:\/[a-z0-9*@_-][a-z0-9*@._-]*)*$/;
const MAX_KEY_LENGTH = 512;
/** Of one segment: as file name it must fit the 255 bytes of common file systems, with what is put around it. */
const MAX_SEGMENT_LENGTH = 200;

export interface Store {
  /** The value, or null where there is none. */
  get(key: string): Promise<Buffer | null>;
  /** In place of what is there, whole or not at all. Once it resolves, no crash of this process or machine loses the value. */
  put(key: string, value: Uint8Array): Promise<void>;
  /** As lasting as `put`. Nothing to delete is no error. */
  delete(key: string): Promise<void>;
  /** All keys that begin with `prefix`, sorted. A prefix ends with `/` or is empty. */
  list(prefix: string): Promise<string[]>;
  /**
   * Calls `onChange` with each key below `prefix` that was put or deleted, by whomever; some may come together as one call for each. What
   * is there already is not told. Nothing is told after `close`.
   */
  watch(prefix: string, onChange: (key: string) => void): Watch;
  /** A lock that nobody else gets for `leaseMs`, longer if it is renewed before, shorter where its holder is known to have ended. Null: somebody holds it. */
  lock(name: string, leaseMs: number): Promise<Lease | null>;
  /**
   * Takes a value that cannot be read out of the way, so that it is neither lost nor found again. Gives the words for where it is now; null where
   * nothing was there.
   */
  setAside(key: string): Promise<string | null>;
}

export interface Watch {
  close(): void;
}

export interface Lease {
  /** For another `leaseMs` from now on. False: it ran out and somebody else took the lock; whoever held it must stop. */
  renew(): Promise<boolean>;
  /** Any number of times. */
  release(): Promise<void>;
}

/** Whether every store could keep a value under it. */
export function isKey(key: string): boolean {
  return (
    KEY.test(key) &&
    key.length <= MAX_KEY_LENGTH &&
    key.split('/').every((segment) => segment.length <= MAX_SEGMENT_LENGTH)
  );
}

/** Throws a RangeError for what is no key. */
export function checkKey(key: string): void {
  if (!isKey(key))
    throw new RangeError(`"${key}" is no key of the store: lower-case segments between slashes`);
}

/** Throws a RangeError for a prefix that is no beginning of keys. */
export function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw new RangeError(`a prefix ends with a slash: "${prefix}"`);
  checkKey(prefix.slice(0, -1));
}
