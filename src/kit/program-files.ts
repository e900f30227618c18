/**
 * Where the other files of this program are. Any thread. Both hold from src/kit, from build/kit and from the bundles,
 * which lie one folder below dist/ too (scripts/bundle.mjs).
 */

/** What a worker thread starts with. */
export const WORKER_ENTRY: URL = new URL('../worker/main.js', import.meta.url);
/** What the threads start with that make keys. */
export const KEY_WORKER_ENTRY: URL = new URL('../primary/key-worker.js', import.meta.url);
/** The manifest of the package. */
export const PACKAGE_FILE: URL = new URL('../../package.json', import.meta.url);
