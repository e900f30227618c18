/**
 * How far a webhook has come: what a restart goes on from. Primary thread.
 *
 *   <folder>/<hash of the URL>.json    {"sender","after","failingSinceMs"}, 0600
 *
 * Written a second after it changed, so that events which flow cost no sync each, and a crash repeats some: they are delivered at least once.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../kit/atomic-write.ts';
import { messageOf } from '../../kit/errors.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const SAVE_MS = 1_000;
const NAME_LENGTH = 16;

interface Place {
  /** Makes the ids of messages unique among all penstocks that have one receiver. */
  readonly sender: string;
  /** The event that was delivered, or given up, last. */
  readonly after: number;
  /** When the receiver began to fail, since the epoch; null: it does not. */
  readonly failingSinceMs: number | null;
}

export class WebhookPosition {
  readonly #file: string;
  readonly #onTrouble: (message: string) => void;
  #place: Place;
  #isSaved: boolean;
  #saving: NodeJS.Timeout | null = null;
  #isTroubled = false;

  /**
   * @param lastId where one begins that has no position yet
   * @param onTrouble is told of a position that cannot be read or written: once, until it can again
   */
  constructor(folder: string, url: string, lastId: number, onTrouble: (message: string) => void) {
    const name = createHash('sha256').update(url).digest('hex').slice(0, NAME_LENGTH);
    this.#file = join(folder, `${name}.json`);
    this.#onTrouble = onTrouble;
    const stored = this.#read();
    this.#isSaved = stored !== null;
    const fresh = {
      sender: randomBytes(NAME_LENGTH / 2).toString('hex'),
      after: lastId,
      failingSinceMs: null,
    };
    // Behind the newest event it would miss some: the log was lost, and the clock went back.
    this.#place = stored === null ? fresh : { ...stored, after: Math.min(stored.after, lastId) };
    this.save();
  }

  get place(): Place {
    return this.#place;
  }

  move(change: Partial<Omit<Place, 'sender'>>): void {
    this.#place = { ...this.#place, ...change };
    this.#isSaved = false;
    this.#saving ??= setTimeout(() => this.save(), SAVE_MS).unref();
  }

  /** Nothing to save is no work. */
  save(): void {
    if (this.#saving !== null) clearTimeout(this.#saving);
    this.#saving = null;
    if (this.#isSaved) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: FOLDER_MODE });
      writeFileAtomic(this.#file, Buffer.from(`${JSON.stringify(this.#place)}\n`), FILE_MODE);
      this.#isSaved = true;
      this.#isTroubled = false;
    } catch (error) {
      this.#trouble(
        `its position cannot be written, a restart would deliver events again: ${messageOf(error)}`,
      );
    }
  }

  forget(): void {
    try {
      rmSync(this.#file, { force: true });
    } catch (error) {
      this.#trouble(`its position cannot be removed: ${messageOf(error)}`);
    }
  }

  #read(): Place | null {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (isPlace(value)) return value;
      this.#trouble('its position was damaged: it begins with the events from now on');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isMissing)
        this.#trouble(
          `its position cannot be read, it begins with the events from now on: ${messageOf(error)}`,
        );
    }
    return null;
  }

  #trouble(message: string): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#onTrouble(message);
  }
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null) return false;
  const { sender, after, failingSinceMs } = value as Partial<Record<keyof Place, unknown>>;
  return (
    typeof sender === 'string' &&
    /^[0-9a-f]{16}$/.test(sender) &&
    Number.isSafeInteger(after) &&
    (failingSinceMs === null || typeof failingSinceMs === 'number')
  );
}
