// hot: runs once per request
/** Field names within a text: in any case (RFC 9110 5.1). Pure. */

const A = 0x41;
const Z = 0x5a;
const TO_LOWER = 0x20;

/** Whether `name`, in lower case, is all of the text from `start` to `end`. */
export function isFieldName(text: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && isName(text, start, name);
}

/** Whether `name`, in lower case, stands at `start`. The caller has seen to the length. From its end: names of one family begin alike. */
export function isName(text: string, start: number, name: string): boolean {
  for (let i = name.length - 1; i >= 0; i--) {
    const code = text.charCodeAt(start + i);
    if (code !== name.charCodeAt(i) && lower(code) !== name.charCodeAt(i)) return false;
  }
  return true;
}

export function lower(code: number): number {
  return code >= A && code <= Z ? code + TO_LOWER : code;
}
