/** Reads server-sent events (WHATWG HTML, 9.2.6), as far as penstock writes them: `id`, `event`, one line of `data`. */

/** One event of a stream. */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** No event of penstock is longer. */
const MAX_PENDING = 1024 * 1024;

/** Ends where the stream does; throws what it throws. An event that is not whole by then is none. */
export async function* readEvents(pieces: AsyncIterable<Buffer>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const piece of pieces) {
    pending += decoder.decode(piece, { stream: true });
    if (pending.length > MAX_PENDING) throw new Error('an event is too long');
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = fieldsOf(block);
      // Comments and times to reconnect are no events.
      if (fields.data !== '') yield fields;
    }
  }
}

function fieldsOf(block: string): ServerSentEvent {
  const fields = { id: '', event: '', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (name === 'id' || name === 'event' || name === 'data') fields[name] = value ?? '';
  }
  return fields;
}
