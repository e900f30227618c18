import { describe, expect, it } from 'vitest';
import { createLog, type Log, type LogOptions } from '../../../src/primary/log.ts';

async function make(options: Partial<LogOptions> = {}): Promise<{ log: Log; lines: string[] }> {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const log = await createLog({
    level: 'info',
    format: 'json',
    terminal: false,
    colour: false,
    stream,
    ...options,
  });
  return { log, lines };
}

describe('log', () => {
  it('writes one JSON line an event, with a level name and an ISO time', async () => {
    const { log, lines } = await make();
    log.logger.info({ worker: 3 }, 'hello');
    expect(lines).toHaveLength(1);
    const line: unknown = JSON.parse(lines[0]!);
    expect(line).toMatchObject({ level: 'info', worker: 3, msg: 'hello', pid: process.pid });
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
    expect(lines[0]!.endsWith('}\n')).toBe(true);
  });

  it('is JSON off a terminal and text on one, unless told otherwise', async () => {
    const written = async (options: Partial<LogOptions>): Promise<string> => {
      const { log, lines } = await make(options);
      log.logger.warn({ worker: 3 }, 'hello');
      return lines.join('');
    };
    expect(await written({ format: 'auto', terminal: false })).toMatch(/^\{/);
    expect(await written({ format: 'json', terminal: true })).toMatch(/^\{/);
    for (const options of [{ format: 'auto', terminal: true }, { format: 'text' }] as const) {
      expect(await written(options)).toMatch(/^\[\d{4}-.*\] WARN: hello \{"worker":3\}\n$/);
    }
  });

  it('colours text only where asked', async () => {
    const { log, lines } = await make({ format: 'text', colour: true });
    log.logger.info('hello');
    expect(lines[0]).toContain('\x1b[');
  });

  it('never writes a known secret, in JSON or in text', async () => {
    for (const format of ['json', 'text'] as const) {
      const { log, lines } = await make({ format });
      log.secrets.set(['pa"ss\nword', 'tok-en', 'longer tok-en']);
      log.logger.info(
        { a: 'x pa"ss\nword y', nested: [{ b: 'tok-en' }], err: new Error('longer tok-en') },
        'tok-en!',
      );
      const text = lines.join('');
      expect(text).toContain('[secret]!');
      for (const part of ['pa"ss', 'pa\\"ss', 'word', 'tok-en']) expect(text).not.toContain(part);
    }
  });

  it('changes level and format at once, for children too', async () => {
    const { log, lines } = await make();
    const child = log.logger.child({ component: 'fleet' });
    const grandchild = child.child({ worker: 1 });
    grandchild.debug('unseen');
    await log.configure({ level: 'debug', format: 'text' });
    grandchild.debug('seen');
    await log.configure({ level: 'silent', format: 'json' });
    child.fatal('unseen');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/DEBUG: seen/);
  });
});
