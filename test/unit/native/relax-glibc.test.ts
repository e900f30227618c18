import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/kit/errors.ts';
import { PINNED_SHA256 } from '../../../src/native/pinned-builds.ts';
import { relaxGlibc } from '../../../src/native/relax-glibc.ts';

const packageFolder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
const build = (name: string): Buffer => readFileSync(join(packageFolder, `uws_${name}.node`));
const linuxBuilds = [...PINNED_SHA256.keys()].filter((name) => name.startsWith('linux_'));
const original = build('linux_x64_115');

/** The bytes that differ, as offsets. */
function changes(before: Uint8Array, after: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < before.length; at++) if (before[at] !== after[at]) offsets.push(at);
  return offsets;
}

/** An edited copy, or null where the file was refused with the code; any other outcome fails the test. */
function relaxOrRefuse(bytes: Uint8Array): Uint8Array | null {
  try {
    return relaxGlibc(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(PenstockError);
    expect((error as PenstockError).code).toBe('PENSTOCK_NATIVE_UNAVAILABLE');
    expect((error as PenstockError).message).toContain('because ');
    return null;
  }
}

describe('relax-glibc', () => {
  it.each(linuxBuilds)('changes a handful of bytes of %s and not its length', (name) => {
    const before = build(name);
    const kept = Buffer.from(before);
    const after = relaxGlibc(before);
    expect(after.length).toBe(before.length);
    // Each of at most three symbols: one byte of the name, or two where it carries, and one of the version; and the flag.
    const count = changes(before, after).length;
    expect(count).toBeGreaterThanOrEqual(5);
    expect(count).toBeLessThanOrEqual(10);
    expect(before.equals(kept)).toBe(true);
  });

  it('refuses a file that it edited already', () => {
    expect(() => relaxGlibc(relaxGlibc(original))).toThrow('no symbol of it has the version GLIBC_2.38');
  });

  it('refuses what is not an ELF file', () => {
    expect(() => relaxGlibc(build('darwin_x64_115'))).toThrow('it is not an ELF file');
    expect(() => relaxGlibc(new Uint8Array(0))).toThrow('it is not an ELF file');
    expect(() => relaxGlibc(Buffer.from('#!/bin/sh\n'.repeat(20)))).toThrow('it is not an ELF file');
  });

  it('refuses another word size, byte order or machine', () => {
    const edit = (at: number, value: number): Buffer => {
      const bytes = Buffer.from(original);
      bytes[at] = value;
      return bytes;
    };
    expect(() => relaxGlibc(edit(4, 1))).toThrow('64-bit little-endian');
    expect(() => relaxGlibc(edit(5, 2))).toThrow('64-bit little-endian');
    expect(() => relaxGlibc(edit(18, 3))).toThrow('its machine type is 3');
  });

  it('refuses a symbol that it does not know how to rename', () => {
    const bytes = Buffer.from(original);
    const at = bytes.indexOf('\0__isoc23_strtoul\0');
    expect(at).toBeGreaterThan(0);
    bytes.write('__isoc23_strtoXX', at + 1);
    expect(() => relaxGlibc(bytes)).toThrow('its symbol "__isoc23_strtoXX" of GLIBC_2.38 has no older form');
  });

  it('refuses a file that was cut short, wherever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: original.length - 1 }), (length) => {
        expect(relaxOrRefuse(original.subarray(0, length))).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('edits or refuses a file whose tables were spoiled, and never throws anything else', () => {
    // The header, the section headers, and the version needs are where a wrong number leads out of the file.
    const sectionHeaders = Number(original.readBigUInt64LE(40));
    const versionNeeds = 0x7e428;
    const place = fc.oneof(
      fc.integer({ min: 0, max: 63 }),
      fc.integer({ min: sectionHeaders, max: original.length - 1 }),
      fc.integer({ min: versionNeeds, max: versionNeeds + 0x17f }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (edits) => {
          const bytes = Buffer.from(original);
          for (const [at, value] of edits) bytes[at] = value;
          const relaxed = relaxOrRefuse(bytes);
          if (relaxed !== null) expect(relaxed.length).toBe(bytes.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});
