/**
 * The ELF edit that lets the uWebSockets.js binaries load on glibc 2.36 and 2.37. They ask for GLIBC_2.38 only
 * because of C23 spellings of old functions (`__isoc23_strtol` for `strtol`). The edit names the old function and its
 * old version and marks the version need as weak:
 *
 *   .dynsym         st_name      "__isoc23_strtol"  →  "strtol", 9 bytes further in the same string
 *   .gnu.version    index        GLIBC_2.38         →  the libc's first version
 *   .gnu.version_r  vna_flags    0                  →  VER_FLG_WEAK, so that the loader does not insist
 *
 * Pure: bytes in, bytes out. Anything that is not as expected is refused, so that no half-edited file is ever loaded.
 * Layouts: ELF-64 (gABI chapter 4, `elf(5)`), symbol versions (Linux Standard Base, chapter "Symbol Versioning").
 */

import { nativeUnavailable } from './native-error.ts';

const NEW_VERSION = 'GLIBC_2.38';
const LIBC = 'libc.so.6';
const PREFIX = '__isoc23_';
/** What the two families' versions share in meaning: C23 only added binary literals, which nothing here parses. */
const RENAMED: ReadonlySet<string> = new Set(['strtol', 'strtoul', 'sscanf']);

/** The version of a libc's oldest symbols, by e_machine. */
const FIRST_VERSION: ReadonlyMap<number, string> = new Map([
  [62, 'GLIBC_2.2.5'], // x86-64
  [183, 'GLIBC_2.17'], // AArch64
]);

const SHT_DYNSYM = 11;
const SHT_VERSYM = 0x6fffffff;
const SHT_VERNEED = 0x6ffffffe;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const VERNEED_BYTES = 16;
const VERNAUX_BYTES = 16;
const VER_FLG_WEAK = 0x2;
/** Far above what a library has; bounds the walk through a list that somebody made long. */
const MAX_VERSIONS = 1024;
/** The top bit of a .gnu.version entry hides the symbol; the rest is the index. */
const VERSION_INDEX_MASK = 0x7fff;

interface Section {
  readonly type: number;
  readonly link: number;
  readonly offset: number;
  readonly size: number;
}

/** Where the version that is asked for stands, and the index of the one to take instead. */
interface VersionNeed {
  readonly newIndex: number;
  readonly newFlagsOffset: number;
  readonly firstIndex: number;
}

/** An edited copy of a shared library. Throws PENSTOCK_NATIVE_UNAVAILABLE if the file is not one that it knows how to edit. */
export function relaxGlibc(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const machine = checkHeader(view);
  const sections = readSections(view);
  const symbols = only(sections, SHT_DYNSYM, '.dynsym');
  const versions = only(sections, SHT_VERSYM, '.gnu.version');
  const needs = only(sections, SHT_VERNEED, '.gnu.version_r');
  const strings = sections[symbols.link];
  if (strings === undefined || needs.link !== symbols.link) {
    throw unexpected('its symbol and version tables do not share one string table');
  }
  const need = findNeed(view, needs, strings, FIRST_VERSION.get(machine) ?? '');

  const count = Math.floor(symbols.size / SYMBOL_BYTES);
  if (versions.size !== count * 2) throw unexpected('its version table does not fit its symbol table');
  let renamed = 0;
  for (let index = 0; index < count; index++) {
    const versionAt = versions.offset + index * 2;
    const version = view.getUint16(versionAt, true);
    if ((version & VERSION_INDEX_MASK) !== need.newIndex) continue;
    const symbolAt = symbols.offset + index * SYMBOL_BYTES;
    const nameAt = view.getUint32(symbolAt, true);
    const name = readString(copy, strings, nameAt);
    if (!name.startsWith(PREFIX) || !RENAMED.has(name.slice(PREFIX.length))) {
      throw unexpected(`its symbol ${JSON.stringify(name.slice(0, 64))} of ${NEW_VERSION} has no older form`);
    }
    view.setUint32(symbolAt, nameAt + PREFIX.length, true);
    view.setUint16(versionAt, (version & ~VERSION_INDEX_MASK) | need.firstIndex, true);
    renamed++;
  }
  if (renamed === 0) throw unexpected(`no symbol of it has the version ${NEW_VERSION}`);
  view.setUint16(need.newFlagsOffset, view.getUint16(need.newFlagsOffset, true) | VER_FLG_WEAK, true);
  return copy;
}

/** Checks that this is a 64-bit little-endian ELF file for a known machine; returns e_machine. */
function checkHeader(view: DataView): number {
  if (view.byteLength < 64 || view.getUint32(0, false) !== 0x7f454c46)
    throw unexpected('it is not an ELF file');
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1) throw unexpected('it is not 64-bit little-endian');
  const machine = view.getUint16(18, true);
  if (!FIRST_VERSION.has(machine)) throw unexpected(`its machine type is ${machine}`);
  if (view.getUint16(58, true) !== SECTION_BYTES)
    throw unexpected('its section headers have an unknown size');
  return machine;
}

/** Every section, in order. Only those that this edit looks at must lie within the file. */
function readSections(view: DataView): readonly Section[] {
  const tableAt = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  if (tableAt + count * SECTION_BYTES > view.byteLength)
    throw unexpected('its section headers lie outside of it');
  const sections: Section[] = [];
  for (let index = 0; index < count; index++) {
    const at = tableAt + index * SECTION_BYTES;
    sections.push({
      type: view.getUint32(at + 4, true),
      link: view.getUint32(at + 40, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
    });
  }
  for (const section of sections) {
    const used = section.type === SHT_DYNSYM || section.type === SHT_VERSYM || section.type === SHT_VERNEED;
    const strings = used && section.type !== SHT_VERSYM ? sections[section.link] : undefined;
    if ((used && !within(section, view)) || (strings !== undefined && !within(strings, view))) {
      throw unexpected('one of its tables lies outside of it');
    }
  }
  return sections;
}

function within(section: Section, view: DataView): boolean {
  return section.offset + section.size <= view.byteLength;
}

function only(sections: readonly Section[], type: number, name: string): Section {
  const found = sections.filter((section) => section.type === type);
  const section = found[0];
  if (section === undefined || found.length > 1) throw unexpected(`it has ${found.length} sections ${name}`);
  return section;
}

/** Walks the version needs of libc.so.6. Both lists go forward within the section and are bounded. */
function findNeed(view: DataView, needs: Section, strings: Section, firstVersion: string): VersionNeed {
  const bytes = new Uint8Array(view.buffer);
  const end = needs.offset + needs.size;
  for (let at = needs.offset, seen = 0; seen < MAX_VERSIONS && at + VERNEED_BYTES <= end; seen++) {
    const next = view.getUint32(at + 12, true);
    if (readString(bytes, strings, view.getUint32(at + 4, true)) === LIBC) {
      const need = findVersions(view, at + view.getUint32(at + 8, true), end, strings, firstVersion);
      if (need !== null) return need;
    }
    if (next === 0) break;
    at += next;
  }
  throw unexpected(`it does not ask ${LIBC} for ${NEW_VERSION} and ${firstVersion}`);
}

function findVersions(
  view: DataView,
  first: number,
  end: number,
  strings: Section,
  firstVersion: string,
): VersionNeed | null {
  const bytes = new Uint8Array(view.buffer);
  let newIndex = -1;
  let newFlagsOffset = -1;
  let firstIndex = -1;
  for (let at = first, seen = 0; seen < MAX_VERSIONS && at + VERNAUX_BYTES <= end; seen++) {
    const name = readString(bytes, strings, view.getUint32(at + 8, true));
    const index = view.getUint16(at + 6, true);
    if (name === NEW_VERSION) {
      newIndex = index;
      newFlagsOffset = at + 4;
    } else if (name === firstVersion) {
      firstIndex = index;
    }
    const next = view.getUint32(at + 12, true);
    if (next === 0) break;
    at += next;
  }
  return newIndex < 0 || firstIndex < 0 ? null : { newIndex, newFlagsOffset, firstIndex };
}

/** A NUL-terminated name of a string table. */
function readString(bytes: Uint8Array, strings: Section, at: number): string {
  const start = strings.offset + at;
  const end = bytes.indexOf(0, start);
  if (at >= strings.size || end < 0 || end >= strings.offset + strings.size) {
    throw unexpected('one of its names lies outside of its string table');
  }
  return Buffer.from(bytes.buffer, start, end - start).toString('latin1');
}

function unexpected(what: string): Error {
  return nativeUnavailable(
    `the library cannot be adapted to this system's older glibc, because ${what}`,
    'Use a system with glibc 2.38 or newer, or name a build for this one with PENSTOCK_UWS=/path/to/file.node.',
  );
}
