/**
 * The log of the process: pino on standard error, one JSON line an event, or coloured text on a terminal.
 * Primary thread. Writes are synchronous, so that nothing is lost when the process ends; not for the request
 * path (the access log has its own batched way). Known secret values are masked in every line.
 */

import type { WriteStream } from 'node:tty';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
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
  /** Takes effect at once, for the logger and for every child made from it. */
  configure(settings: LogSettings): void;
}

const STDERR_FD = 2;

/** Makes the one log of a process. Children are for parts that live long: they are remembered for `configure`. */
export function createLog(options: LogOptions): Log {
  const stream = options.stream ?? destination({ dest: STDERR_FD, sync: true });
  const terminal = options.terminal ?? (process.stderr as Partial<WriteStream>).isTTY === true;
  const colour = options.colour ?? (terminal && !process.env.NO_COLOR);
  const secrets = options.secrets ?? createSecretMask();
  const pretty = prettyFactory({
    colorize: colour,
    ignore: 'pid,hostname',
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    singleLine: true,
  });
  const isText = (format: LogFormat): boolean => format === 'text' || (format === 'auto' && terminal);
  let text = isText(options.format);

  const masked: DestinationStream = {
    write(line) {
      const safe = secrets.json(line);
      stream.write(text ? (pretty(safe) ?? safe) : safe);
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

  return {
    logger,
    secrets,
    configure(settings) {
      text = isText(settings.format);
      logger.level = settings.level;
      for (const child of children) child.level = settings.level;
    },
  };
}
