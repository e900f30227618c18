import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from '../../../src/cli/event-source.ts';

async function read(pieces: readonly Buffer[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  const stream = (async function* () {
    yield* pieces;
  })();
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

const TEXT = [
  'retry: 2000\n: penstock events\n\n',
  'id: 7\nevent: DomainAdded\ndata: {"subject":"bücher"}\n\n',
  ': heartbeat\n\n',
  'id: 9\nevent: gap\ndata: {}\n\n',
  'id: 10\nevent: Dom',
].join('');

describe('event-source', () => {
  it('gives whole events, wherever the stream was cut into pieces', async () => {
    const bytes = Buffer.from(TEXT);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length })), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(await read(pieces)).toEqual([
          { id: '7', event: 'DomainAdded', data: '{"subject":"bücher"}' },
          { id: '9', event: 'gap', data: '{}' },
        ]);
      }),
    );
  });

  it('does not let a stranger fill the memory', async () => {
    const endless = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x'));
    await expect(read(endless)).rejects.toThrow('an event is too long');
  });
});
