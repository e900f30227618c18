/** TXT values as APIs write them: in quotes, as in a zone file (RFC 1035 5.1), or bare. Pure. */

/** Challenge values are base64url: nothing in them has to be escaped. */
export function quoted(value: string): string {
  return `"${value}"`;
}

/** Whether a record's content is this value, quoted or not. */
export function isContent(content: string, value: string): boolean {
  return content === value || content === quoted(value);
}
