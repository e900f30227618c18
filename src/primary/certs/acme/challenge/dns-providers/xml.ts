/**
 * The little XML that one API needs: elements by name in documents whose shape is known, and text written into one. Pure. It knows no
 * attributes, no CDATA sections, no elements within elements of the same name; an answer that has them is read as one that lacks them.
 */

const ENTITIES: Readonly<Record<string, string>> = Object.freeze({
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
});
const ESCAPES: Readonly<Record<string, string>> = Object.freeze({ '<': '&lt;', '>': '&gt;', '&': '&amp;' });

/** What stands inside each element of this name, as written. */
export function elements(xml: string, name: string): readonly string[] {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const found: string[] = [];
  for (let from = xml.indexOf(open); from >= 0; from = xml.indexOf(open, from)) {
    const end = xml.indexOf(close, from);
    if (end < 0) return found;
    found.push(xml.slice(from + open.length, end));
    from = end + close.length;
  }
  return found;
}

/** The text of the first element of this name; empty where there is none. */
export function elementText(xml: string, name: string): string {
  return textIn(elements(xml, name)[0] ?? '');
}

/** Text as written in a document → the text. */
function textIn(written: string): string {
  return written
    .trim()
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|quot|apos|amp));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** Text → how it is written between two tags. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => ESCAPES[character] ?? character);
}
