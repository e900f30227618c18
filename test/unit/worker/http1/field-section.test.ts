import { describe, expect, it } from 'vitest';
import { FieldSection, SECTION_WORDS, SectionOutcome } from '../../../../src/worker/http1/field-section.ts';

const ROOM = 10_000;

/** The lines as `name|rest`, or how it ended otherwise. */
function read(
  text: string,
  cuts: readonly number[] = [],
  maxFields = 10,
  bound = ROOM,
): string[] | SectionOutcome {
  const bytes = Buffer.from(text, 'latin1');
  const section = new FieldSection(maxFields);
  section.begin(0, bound);
  for (const to of [...cuts, bytes.length]) {
    const outcome = section.read(bytes, to);
    if (outcome === SectionOutcome.MORE) expect(section.position).toBe(to);
    else return outcome === SectionOutcome.DONE ? linesOf(section, bytes) : outcome;
  }
  return SectionOutcome.MORE;
}

function linesOf(section: FieldSection, bytes: Buffer): string[] {
  const lines: string[] = [];
  let start = section.start;
  for (let at = 0; at < section.count * SECTION_WORDS; at += SECTION_WORDS) {
    const nameEnd = section.index[at] as number;
    const lineEnd = section.index[at + 1] as number;
    lines.push(
      `${bytes.toString('latin1', start, nameEnd)}|${bytes.toString('latin1', nameEnd + 1, lineEnd)}`,
    );
    start = lineEnd + 2;
  }
  return lines;
}

describe('field-section', () => {
  it('says where each line lies, wherever it is cut', () => {
    const text = 'Host:a.test\r\nX-Empty:\r\nA: \t b:c \r\n\r\n';
    const lines = ['Host|a.test', 'X-Empty|', 'A| \t b:c '];
    expect(read(text)).toEqual(lines);
    for (let cut = 0; cut <= text.length; cut++) {
      expect(read(text, [cut]), `cut at ${cut}`).toEqual(lines);
      expect(read(text.slice(0, cut)), `only ${cut}`).toEqual(
        cut === text.length ? lines : SectionOutcome.MORE,
      );
    }
    expect(
      read(
        text,
        Array.from(text, (_, i) => i),
      ),
    ).toEqual(lines);
    expect(read('\r\n')).toEqual([]);
  });

  it('finds every octet that a value may not hold, at every place of a word and before every end', () => {
    for (let octet = 0; octet < 256; octet++) {
      const isFine = octet === 0x09 || (octet >= 0x20 && octet !== 0x7f);
      for (let before = 0; before < 8; before++) {
        for (let after = 0; after < 8; after++) {
          // 0xff and HTAB all around: neither hides a control character nor looks like one.
          const value = `${'\xff\t'.repeat(4).slice(0, before)}${String.fromCharCode(octet)}${'\t\xff'.repeat(4).slice(0, after)}`;
          const outcome = read(`A:${value}\r\n\r\n`);
          expect(outcome, `0x${octet.toString(16)} behind ${before}`).toEqual(
            isFine ? [`A|${value}`] : SectionOutcome.MALFORMED,
          );
        }
      }
    }
  });

  it('is too large at its bound, if it is not whole then, and not before', () => {
    const text = 'A: b\r\nC: d\r\n\r\n';
    expect(read(text, [], 10, text.length)).toEqual(['A| b', 'C| d']);
    for (let bound = 1; bound < text.length; bound++) {
      expect(read(text, [], 10, bound)).toBe(SectionOutcome.TOO_LARGE);
      expect(read(text, [bound - 1], 10, bound)).toBe(SectionOutcome.TOO_LARGE);
      expect(read(text.slice(0, bound - 1), [], 10, bound)).toBe(SectionOutcome.MORE);
    }
  });

  it('takes as many fields as it is told, and not one more', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `N${i}|${i}`);
    const text = lines.map((line) => `${line.replace('|', ':')}\r\n`).join('');
    expect(read(`${text}\r\n`, [], 100)).toEqual(lines);
    expect(read(`${text}\r\n`, [], 99)).toBe(SectionOutcome.TOO_LARGE);
    expect(read(text, [], 99)).toBe(SectionOutcome.TOO_LARGE);
  });

  it('goes on in other memory', () => {
    const text = 'Host: a.test\r\nB: c\r\n\r\n';
    for (let cut = 0; cut < text.length; cut++) {
      const section = new FieldSection(10);
      const first = Buffer.from(`junk${text.slice(0, cut)}`);
      section.begin(4, 4 + text.length);
      expect(section.read(first, first.length)).toBe(SectionOutcome.MORE);
      section.shift(-4);
      const second = Buffer.from(text);
      expect(section.read(second, second.length)).toBe(SectionOutcome.DONE);
      section.release();
      expect(linesOf(section, second)).toEqual(['Host| a.test', 'B| c']);
      section.begin(0, text.length);
      expect(section.read(second, second.length)).toBe(SectionOutcome.DONE);
    }
  });
});
