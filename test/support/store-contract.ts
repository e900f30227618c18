/** What every implementation of `Store` must do (src/primary/store/store.ts). Each gets a place of its own for each case. */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { Store } from '../../src/primary/store/store.ts';
import { waitFor } from './wait-for.ts';

export interface StoreBed {
  readonly store: Store;
  /** The same store as another penstock sees it. */
  readonly other: Store;
  /** Lets time pass for the leases. */
  pass(ms: number): void;
}

const LEASE_MS = 1_000;
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

export function storeContract(name: string, makeBed: () => StoreBed): void {
  describe(`${name}: values`, () => {
    it('has nothing at first', async () => {
      const { store } = makeBed();
      expect(await store.get('a')).toBeNull();
      expect(await store.get('a/b/c')).toBeNull();
      expect(await store.list('')).toEqual([]);
      await store.delete('a');
      expect(await store.setAside('a')).toBeNull();
    });

    it.each([
      ['nothing', ''],
      ['text', '-----BEGIN CERTIFICATE-----\n'],
      ['any octets', String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))],
      ['a megabyte', 'x'.repeat(1_000_000)],
    ])('gives back what was put: %s', async (_, value) => {
      const { store, other } = makeBed();
      await store.put('certificates/a.example', bytes(value));
      expect((await store.get('certificates/a.example'))?.equals(bytes(value))).toBe(true);
      expect((await other.get('certificates/a.example'))?.equals(bytes(value))).toBe(true);
    });

    it('keeps what was put last', async () => {
      const { store, other } = makeBed();
      await store.put('a', bytes('a long value'));
      await other.put('a', bytes('short'));
      expect(String(await store.get('a'))).toBe('short');
    });

    it('forgets what was deleted', async () => {
      const { store, other } = makeBed();
      await store.put('a/b', bytes('1'));
      await other.delete('a/b');
      expect(await store.get('a/b')).toBeNull();
      expect(await store.list('a/')).toEqual([]);
    });

    it('lists keys below a prefix, sorted, and no others', async () => {
      const { store, other } = makeBed();
      const keys = ['b/2', 'a/x/1', 'a/b', 'ab', 'a/*.example.com', 'a/_acme-challenge.x', 'a/u@x.y'];
      for (const key of keys) await store.put(key, bytes(key));
      expect(await other.list('')).toEqual(keys.toSorted());
      expect(await other.list('a/')).toEqual(keys.filter((key) => key.startsWith('a/')).toSorted());
      expect(await other.list('a/x/')).toEqual(['a/x/1']);
      expect(await other.list('c/')).toEqual([]);
      for (const key of keys) expect(String(await other.get(key))).toBe(key);
    });

    it.each([
      ...[
        '',
        '/',
        '/a',
        'a/',
        'a//b',
        '..',
        'a/../b',
        './a',
        '.a',
        'a/.b',
        'A',
        'a b',
        'a\0',
        'a\\b',
        'ä',
        'a%2ab',
      ],
      `a/${'x'.repeat(201)}`,
      Array.from({ length: 300 }, () => 'a').join('/'),
    ])('refuses %j as key', async (key) => {
      const { store } = makeBed();
      await expect(store.get(key)).rejects.toThrow(RangeError);
      await expect(store.put(key, bytes(''))).rejects.toThrow(RangeError);
      await expect(store.delete(key)).rejects.toThrow(RangeError);
      await expect(store.setAside(key)).rejects.toThrow(RangeError);
      await expect(store.lock(key, LEASE_MS)).rejects.toThrow(RangeError);
    });

    it.each(['a', '../', '/', 'a//'])('refuses %j as prefix', async (prefix) => {
      const { store } = makeBed();
      await expect(store.list(prefix)).rejects.toThrow(RangeError);
      expect(() => store.watch(prefix, () => {})).toThrow(RangeError);
    });

    it('sets aside what cannot be read: nobody finds it again, and it is not lost', async () => {
      const { store, other } = makeBed();
      await store.put('a/b', bytes('damaged'));
      expect(await store.setAside('a/b')).toMatch(/a\/b/);
      expect(await other.get('a/b')).toBeNull();
      expect(await other.list('')).toEqual([]);
      await store.put('a/b', bytes('damaged too'));
      expect(await store.setAside('a/b')).not.toBeNull();
    });
  });

  describe(`${name}: watching`, () => {
    const watching = (store: Store, prefix: string): { seen: string[]; close(): void } => {
      const seen: string[] = [];
      const watch = store.watch(prefix, (key) => seen.push(key));
      onTestFinished(() => watch.close());
      return { seen, close: () => watch.close() };
    };

    it('tells what is put, put again and deleted below the prefix, and not what was there', async () => {
      const { store } = makeBed();
      await store.put('a/old', bytes('1'));
      const { seen } = watching(store, 'a/');
      await store.put('a/new', bytes('1'));
      await store.put('b/new', bytes('1'));
      await store.put('a/old', bytes('2'));
      await store.delete('a/new');
      await store.delete('a/never');
      expect(seen).toEqual(['a/new', 'a/old', 'a/new']);
    });

    it('tells what another penstock does', async () => {
      const { store, other } = makeBed();
      await store.put('a/1', bytes('1'));
      await store.put('a/2', bytes('1'));
      const { seen } = watching(store, '');
      await other.put('a/1', bytes('2'));
      await other.delete('a/2');
      await other.put('a/3', bytes('1'));
      await waitFor(() => seen.length >= 3, { what: 'all changes', timeoutMs: 10_000 });
      expect(seen.toSorted()).toEqual(['a/1', 'a/2', 'a/3']);
    });

    it('tells every watcher, and none that was closed', async () => {
      const { store } = makeBed();
      const first = watching(store, 'a/');
      const second = watching(store, '');
      await store.put('a/1', bytes('1'));
      first.close();
      await store.put('a/2', bytes('1'));
      expect(first.seen).toEqual(['a/1']);
      expect(second.seen).toEqual(['a/1', 'a/2']);
    });
  });

  describe(`${name}: locks`, () => {
    it('has one holder at a time', async () => {
      const { store, other } = makeBed();
      const lease = await store.lock('orders/a.example', LEASE_MS);
      expect(lease).not.toBeNull();
      expect(await store.lock('orders/a.example', LEASE_MS)).toBeNull();
      expect(await other.lock('orders/a.example', LEASE_MS)).toBeNull();
      expect(await other.lock('orders/b.example', LEASE_MS)).not.toBeNull();
      await lease?.release();
      await lease?.release();
      const next = await other.lock('orders/a.example', LEASE_MS);
      expect(next).not.toBeNull();
      expect(await lease?.renew()).toBe(false);
      await lease?.release();
      expect(await store.lock('orders/a.example', LEASE_MS)).toBeNull();
    });

    it('is free once its lease is over, and its holder is told', async () => {
      const { store, other, pass } = makeBed();
      const lease = await store.lock('a', LEASE_MS);
      pass(LEASE_MS - 1);
      expect(await other.lock('a', LEASE_MS)).toBeNull();
      pass(1);
      const next = await other.lock('a', LEASE_MS);
      expect(next).not.toBeNull();
      expect(await lease?.renew()).toBe(false);
      expect(await next?.renew()).toBe(true);
    });

    it('is kept by who renews it, also late, if nobody wanted it', async () => {
      const { store, other, pass } = makeBed();
      const lease = await store.lock('a', LEASE_MS);
      pass(LEASE_MS - 1);
      expect(await lease?.renew()).toBe(true);
      pass(LEASE_MS - 1);
      expect(await other.lock('a', LEASE_MS)).toBeNull();
      pass(LEASE_MS);
      expect(await lease?.renew()).toBe(true);
      expect(await other.lock('a', LEASE_MS)).toBeNull();
    });

    it('is no value', async () => {
      const { store } = makeBed();
      await store.lock('a', LEASE_MS);
      expect(await store.list('')).toEqual([]);
      await store.put('a', bytes('1'));
      expect(String(await store.get('a'))).toBe('1');
    });

    it('goes to one of many who ask at once', async () => {
      const { store, other, pass } = makeBed();
      for (let round = 0; round < 20; round++) {
        const asked = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? store : other).lock('a', LEASE_MS));
        expect((await Promise.all(asked)).filter((lease) => lease !== null)).toHaveLength(1);
        pass(LEASE_MS);
      }
    });
  });
}
