/** Values under keys in memory, for tests of what a store is used for where its files do not matter: those of `FileStore` cost an fsync each. */

import type { Store } from '../../src/primary/store/store.ts';

export function memoryStore(): Pick<Store, 'get' | 'put' | 'delete' | 'setAside'> {
  const values = new Map<string, Buffer>();
  return {
    get: async (key) => values.get(key) ?? null,
    put: async (key, value) => void values.set(key, Buffer.from(value)),
    delete: async (key) => void values.delete(key),
    setAside: async (key) => (values.delete(key) ? key : null),
  };
}
