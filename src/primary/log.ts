/**
 * The log of the process: pino on standard error, one JSON line an event, or coloured text on a terminal.
 * Primary thread. Writes are synchronous, so that nothing is lost when the process ends; not for the request
 * path (the access log has its own batched way). Known secret values are masked in every line.
 */

import type { WriteStream } from 'node:tty';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { createSecretMask, type SecretMask } from '../kit/secret-mask.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
/** `auto`: text on a terminal, JSON otherwise. */
export type LogFormat = 'auto' | 'json' | 'text';

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

export interface LogOptions extends LogSettings {
  /** Where lines go; standard error by default. Must write synchronously. */
  readonly stream?: DestinationStream;
  /** Whether `stream` is a terminal; by default standard error is asked. */
  readonly terminal?: boolean;
  /** False under NO_COLOR; by default it is looked up in the environment. */
  readonly colour?: boolean;
  /** Shared with the admin endpoints; a new one by default. */
  readonly secrets?: SecretMask;
}

export interface Log {
  readonly logger: Logger;
  readonly secrets: SecretMask;
  /** For the logger and for every child made from it, once it resolves. */
  configure(settings: LogSettings): Promise<void>;
}

const STDERR_FD = 2;

/** Makes the one log of a process. Children are for parts that live long: they are remembered for `configure`. */
export async function createLog(options: LogOptions): Promise<Log> {
  const stream = options.stream ?? destination({ dest: STDERR_FD, sync: true });
  const terminal = options.terminal ?? (process.stderr as Partial<WriteStream>).isTTY === true;
  const colour = options.colour ?? (terminal && !process.env.NO_COLOR);
  const secrets = options.secrets ?? createSecretMask();
  /** Null: lines go out as they are. */
  let toText: ToText | null = null;

  const masked: DestinationStream = {
    write(line) {
      const safe = secrets.json(line);
      stream.write(toText?.(safe) ?? safe);
    },
  };

  // A child keeps the level that it was made with, so a change must reach each of them.
  const children = new Set<Logger>();
  const logger: Logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      onChild: (child) => {
        children.add(child);
      },
    },
    masked,
  );

  const configure = async ({ level, format }: LogSettings): Promise<void> => {
    const isText = format === 'text' || (format === 'auto' && terminal);
    toText = isText ? (toText ?? (await textMaker(colour))) : null;
    logger.level = level;
    for (const child of children) child.level = level;
  };
  await configure(options);
  return { logger, secrets, configure };
}

type ToText = (line: string) => string | undefined;

/** Loaded where a terminal or the configuration asks for it: as large as the logger itself, and services write JSON. */
async function textMaker(colour: boolean): Promise<ToText> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: colour,
    ignore: 'pid,hostname',
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    singleLine: true,
  });
}
