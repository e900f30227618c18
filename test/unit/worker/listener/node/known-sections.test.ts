import { describe, expect, it } from 'vitest';
import { KnownSections } from '../../../../../src/worker/listener/node/known-sections.ts';
import { RequestHead } from '../../../../../src/worker/listener/request-head.ts';

const SECTION = `Host: a.test\r\nCookie: ${'c'.repeat(60)}\r\nAccept: text/html\r\n\r\n`;

/** Somewhere in a larger buffer, as in a worker's memory. */
function place(text: string, offset = 3): [DataView, number, number] {
  const bytes = Buffer.alloc(offset + text.length + 4, 'x');
  bytes.write(text, offset, 'latin1');
  return [new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset, offset + text.length];
}

/** What comes of a section: found, or read and offered. */
function meet(known: KnownSections, text: string, host = 'a.test'): RequestHead | null {
  const at = place(text);
  const found = known.find(...at);
  if (found !== null) return found;
  const head = new RequestHead('GET', '/', 1);
  head.host = host;
  known.offer(...at, head);
  return null;
}

describe('KnownSections', () => {
  it('knows a section once it has come twice', () => {
    const known = new KnownSections();
    expect(meet(known, SECTION)).toBeNull();
    expect(meet(known, SECTION)).toBeNull();
    expect(meet(known, SECTION)?.host).toBe('a.test');
  });

  it('knows none that differs in any octet', () => {
    const known = new KnownSections();
    for (let i = 0; i < 3; i++) meet(known, SECTION);
    for (let at = 0; at < SECTION.length; at++) {
      const other = `${SECTION.slice(0, at)}\x01${SECTION.slice(at + 1)}`;
      expect(known.find(...place(other))).toBeNull();
    }
    expect(known.find(...place(`${SECTION}x`))).toBeNull();
    expect(known.find(...place(SECTION.slice(0, -1)))).toBeNull();
    expect(known.find(...place(SECTION, 8))?.host).toBe('a.test');
  });

  it('keeps what is read from changes of the request that it was read for', () => {
    const known = new KnownSections();
    const head = new RequestHead('GET', '/', 1);
    head.host = 'a.test';
    const at = place(SECTION);
    for (let time = 1; time <= 2; time++) {
      known.find(...at);
      known.offer(...at, head);
    }
    head.host = 'b.test';
    head.expectsContinue = true;
    expect(known.find(...at)).toMatchObject({ host: 'a.test', expectsContinue: false });
  });

  it('neither looks at nor keeps sections that are very short or long', () => {
    const known = new KnownSections();
    for (const text of ['Host: a\r\n\r\n', `Host: a\r\nCookie: ${'c'.repeat(3000)}\r\n\r\n`]) {
      for (let time = 1; time <= 4; time++) expect(meet(known, text)).toBeNull();
    }
  });

  it('goes on learning where many sections never come again', () => {
    const known = new KnownSections();
    for (let i = 0; i < 500; i++) meet(known, SECTION.replace('cccccccc', String(i).padStart(8, '0')));
    let times = 1;
    while (meet(known, SECTION) === null && times < 100) times++;
    expect(times).toBeLessThan(50);
  });

  it('is not confused by sections that differ where the fingerprint does not look', () => {
    const known = new KnownSections();
    const other = (i: number): string => SECTION.replace('cccccccc', String(i).padStart(8, '0'));
    for (let i = 0; i < 60; i++) meet(known, other(i), `host-${i}`);
    for (let time = 0; time < 40; time++) meet(known, SECTION);
    expect(meet(known, SECTION)?.host).toBe('a.test');
    for (let i = 0; i < 60; i++) expect(known.find(...place(other(i)))).toBeNull();
  });

  it('forgets what was not met for two rounds, and what came once', () => {
    const known = new KnownSections();
    for (let i = 0; i < 3; i++) meet(known, SECTION);
    known.forget();
    expect(meet(known, SECTION)).not.toBeNull();
    known.forget();
    known.forget();
    expect(meet(known, SECTION)).toBeNull();
    known.forget();
    expect(meet(known, SECTION)).toBeNull();
    expect(meet(known, SECTION)).toBeNull();
    expect(meet(known, SECTION)).not.toBeNull();
  });
});
