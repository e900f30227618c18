import { describe, expect, it } from 'vitest';
import { KeyPool } from '../../../../../src/primary/certs/acme/keys.ts';

describe('KeyPool', () => {
  it('that cannot start says so each time, and ends all the same', async () => {
    const pool = new KeyPool(new URL('http://no.file/'));
    const task = { host: 'a.example.com', keyType: 'ecdsa256', keyPem: null } as const;
    const { signal } = new AbortController();
    await expect(pool.make(task, signal)).rejects.toThrow(/scheme file/);
    await expect(pool.make(task, signal)).rejects.toThrow(/scheme file/);
    await pool.close();
    await expect(pool.make(task, signal)).rejects.toThrow(/closed/);
  });
});
