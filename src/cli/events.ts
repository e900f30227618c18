/** `penstock events`: what happened to a running penstock, and with `--follow` what happens. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../kit/errors.ts';
import { EVENT_TYPES } from '../kit/event-types.ts';
import { nearestName } from '../kit/nearest.ts';
import type { EventGap } from '../primary/event.ts';
import { askEvents } from './admin-answers.ts';
import { type AdminTarget, openAdminStream } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { readEvents } from './event-source.ts';
import { ExitStatus } from './exit-status.ts';
import { eventText } from './format-event.ts';
import type { Done, Io } from './io.ts';

interface EventsOptions extends AdminOptions {
  readonly follow?: true;
  readonly type?: readonly string[];
  readonly after?: number;
  readonly limit: number;
  readonly json?: true;
}

const TIMEOUT_MS = 10_000;
/** A stream is never silent for longer than 15 s. */
const SILENCE_MS = 40_000;
const RECONNECT_MS = 2_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

export function eventsCommand(io: Io, done: Done): Command {
  return new Command('events')
    .description('print what happened to a running penstock')
    .option('-f, --follow', 'go on with what happens, until a signal ends it')
    .option(
      '--type <type>',
      `only events of this type; may be repeated (${EVENT_TYPES.join(', ')})`,
      (type: string, before: readonly string[] = []) => [...before, knownType(type)],
    )
    .option('--after <id>', 'all events behind this one (default: the newest)', (text) =>
      whole(text, 0, Number.MAX_SAFE_INTEGER),
    )
    .option('--limit <count>', 'how many of the newest', (text) => whole(text, 1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWith --json each event is one line.\n\nExample:\n  penstock events --follow --type ConfigurationRejected\n',
    )
    .action(async (options: EventsOptions) => {
      const target = adminTarget(options, io);
      const last = await printPast(target, options, io);
      if (options.follow === true) await follow(target, last, options, io);
      done(ExitStatus.DONE);
    });
}

/** Gives the id up to which everything was printed. */
async function printPast(target: AdminTarget, options: EventsOptions, io: Io): Promise<number> {
  let { after } = options;
  for (;;) {
    const query = queryOf(options, after);
    query.set('limit', String(after === undefined ? options.limit : MAX_LIMIT));
    const page = await askEvents(target, query, TIMEOUT_MS);
    if (page.gap !== null) io.stderr(gapText(page.gap));
    for (const event of page.events) print(event, options, io);
    if (after === undefined || page.next <= after) return page.next;
    after = page.next;
  }
}

/** Once it is connected, connects again whenever the stream ends. */
async function follow(target: AdminTarget, last: number, options: EventsOptions, io: Io): Promise<never> {
  let after = last;
  let isConnected = false;
  let trouble = '';
  for (;;) {
    let reason = 'it ended the stream';
    try {
      const stream = await openAdminStream(target, `/v1/events?${queryOf(options, after)}`, SILENCE_MS);
      if (trouble !== '') io.stderr('connected again\n');
      isConnected = true;
      trouble = '';
      for await (const { id, event, data } of readEvents(stream)) {
        if (event === 'gap') io.stderr(gapText(JSON.parse(data) as EventGap));
        else print(JSON.parse(data), options, io);
        after = Number(id);
      }
    } catch (error) {
      if (!isConnected) throw error;
      reason = messageOf(error);
    }
    if (reason !== trouble) io.stderr(`the connection is lost and tried again: ${reason}\n`);
    trouble = reason;
    await sleep(RECONNECT_MS);
  }
}

function queryOf({ type }: EventsOptions, after: number | undefined): URLSearchParams {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', String(after));
  for (const name of type ?? []) query.append('type', name);
  return query;
}

function print(event: unknown, { json }: EventsOptions, io: Io): void {
  io.stdout(json === true ? `${JSON.stringify(event)}\n` : eventText(event));
}

function gapText({ after, keptAfter }: EventGap): string {
  return `events behind ${after} up to ${keptAfter} are kept no longer\n`;
}

function knownType(type: string): string {
  if (EVENT_TYPES.some((known) => known === type)) return type;
  const nearest = nearestName(type, EVENT_TYPES);
  throw new InvalidArgumentError(nearest === undefined ? 'no such type' : `did you mean ${nearest}?`);
}

function whole(text: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`it must be a whole number from ${min} to ${max}`);
}
