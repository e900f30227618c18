/** Which form of the snapshot or of events a request asks for, and whether it has it already. Pure (RFC 9110 12.5.1 and 13.1.2). */

export type SnapshotForm = 'json' | 'protobuf';

const PROTOBUF_TYPE = 'application/x-protobuf';

/** `?format=` wins over Accept; JSON where both are as good. Null: an unknown format was named. */
export function snapshotForm(format: string | null, accept: string): SnapshotForm | null {
  if (format !== null) return format === 'json' || format === 'protobuf' ? format : null;
  return qualityOf(accept, [PROTOBUF_TYPE]) > qualityOf(accept, ['application/json', 'application/*', '*/*'])
    ? 'protobuf'
    : 'json';
}

/** Whether an Accept field wants JSON rather than a stream of events. What takes anything gets the stream. */
export function wantsEventPage(accept: string): boolean {
  return (
    qualityOf(accept, ['application/json', 'application/*']) >
    qualityOf(accept, ['text/event-stream', 'text/*', '*/*'])
  );
}

/** The best quality (0 to 1) that an Accept field gives to one of the media ranges. */
function qualityOf(accept: string, ranges: readonly string[]): number {
  let best = 0;
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (!ranges.includes(range)) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const value = quality === undefined ? 1 : Number(quality.slice(2));
    if (value > best) best = value;
  }
  return best;
}

/** Whether If-None-Match names the entity tag: weak comparison, as for GET (RFC 9110 13.1.2). */
export function matchesTag(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((part) => {
    const candidate = part.trim();
    return candidate === '*' || candidate.replace(/^W\//, '') === tag;
  });
}
