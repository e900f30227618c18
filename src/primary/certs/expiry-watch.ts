/**
 * Warns of certificates that are served and end soon, own and automatic ones: in the log and as an event, once for each step (`expiry-steps.ts`) and
 * certificate while penstock runs. Primary thread; one timer. Self-signed ones are replaced by penstock itself.
 */

import { X509Certificate } from 'node:crypto';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { Certificate } from '../../bridge/snapshot/model.ts';
import type { Clock } from '../../kit/clock.ts';
import { LogField } from '../../kit/names.ts';
import type { EventSink } from '../event.ts';
import type { Log } from '../log.ts';
import { expirySteps, LONGEST_STEP_MS } from './expiry-steps.ts';

export interface ExpiryGround {
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly log: Log['logger'];
  readonly events: EventSink;
}

/** A certificate that is served, and for which names. */
interface Served {
  readonly certificate: Certificate;
  readonly names: string[];
}

interface Warned {
  /** Null until its end is near enough to ask how long it is valid. */
  steps: readonly number[] | null;
  /** How many of the steps were told, or passed untold. */
  told: number;
}

/** The clock may be set, and the machine may sleep. */
const LONGEST_SLEEP_MS = 3_600_000;
const SHORTEST_SLEEP_MS = 1_000;
/** Certificates that are parsed before others get their turn. */
const MAX_PARSED = 200;
const NEXT_TURN_MS = 50;
const MAX_NAMES_SHOWN = 3;

export class ExpiryWatch {
  readonly #ground: ExpiryGround;
  readonly #warned = new Map<string, Warned>();
  #served: readonly Served[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(ground: ExpiryGround) {
    this.#ground = ground;
  }

  /** These are served from now on. */
  settle(content: Pick<SnapshotContent, 'certificates' | 'serverNames'>): void {
    this.#served = servedOf(content);
    const ids = new Set(this.#served.map(({ certificate }) => certificate.id));
    for (const id of this.#warned.keys()) if (!ids.has(id)) this.#warned.delete(id);
    this.look();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#served = [];
  }

  /** Warns of what is due. By itself at its time; for a clock that was moved. */
  look(): void {
    const nowMs = this.#ground.clock.epochMs();
    let sleepMs = LONGEST_SLEEP_MS;
    let parsed = 0;
    for (const served of this.#served) {
      const { id, notAfterMs } = served.certificate;
      const leftMs = notAfterMs - nowMs;
      if (leftMs > LONGEST_STEP_MS) {
        sleepMs = Math.min(sleepMs, leftMs - LONGEST_STEP_MS);
        continue;
      }
      const warned = this.#warned.get(id) ?? { steps: null, told: 0 };
      this.#warned.set(id, warned);
      if (warned.steps === null) {
        if (parsed === MAX_PARSED) {
          sleepMs = NEXT_TURN_MS;
          break;
        }
        parsed++;
        warned.steps = expirySteps(notAfterMs - notBeforeOf(served.certificate));
      }
      const due = warned.steps.filter((step) => leftMs <= step).length;
      if (due > warned.told) this.#tell(served, leftMs);
      warned.told = Math.max(due, warned.told);
      const next = warned.steps[warned.told];
      if (next !== undefined) sleepMs = Math.min(sleepMs, leftMs - next);
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    const delayMs = sleepMs === NEXT_TURN_MS ? sleepMs : Math.max(sleepMs, SHORTEST_SLEEP_MS);
    this.#timer = this.#served.length === 0 ? null : setTimeout(() => this.look(), delayMs).unref();
  }

  #tell({ certificate, names }: Served, leftMs: number): void {
    const { notAfterMs, origin } = certificate;
    const source = certificate.source === 'acme' ? 'acme' : 'manual';
    const [subject = ''] = names;
    // The loading of the file has told that it is over (CERT_EXPIRED).
    if (leftMs <= 0 && source === 'manual') return;
    const end = new Date(notAfterMs).toISOString();
    const when =
      leftMs > 0
        ? `ends in ${timeText(leftMs)}, on ${end}`
        : `is over since ${end}, and served until it is replaced`;
    const what =
      source === 'manual'
        ? `the certificate on line ${origin.line} of ${origin.file}`
        : 'the automatic certificate';
    const fields = { [LogField.HOST]: subject, source };
    this.#ground.log.warn(fields, `${what} for ${namesText(names)} ${when}`);
    this.#ground.events.emit({ type: 'CertExpiring', subject, data: { names, source, notAfterMs } });
  }
}

function servedOf({
  certificates,
  serverNames,
}: Pick<SnapshotContent, 'certificates' | 'serverNames'>): Served[] {
  const served = new Map<number, Served>();
  for (const [name, index] of serverNames) {
    const certificate = certificates[index];
    if (certificate?.source !== 'manual' && certificate?.source !== 'acme') continue;
    const known = served.get(index);
    if (known === undefined) served.set(index, { certificate, names: [name] });
    else known.names.push(name);
  }
  return [...served.values()];
}

/** Milliseconds since the epoch; long ago where the certificate does not tell. */
function notBeforeOf({ chainPem }: Certificate): number {
  try {
    return Date.parse(new X509Certificate(chainPem).validFrom) || 0;
  } catch {
    return 0;
  }
}

function timeText(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours >= 2) return `${Math.floor(hours)} hours`;
  return `${Math.max(1, Math.floor(ms / 60_000))} minutes`;
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(', ');
  return names.length > MAX_NAMES_SHOWN ? `${shown} and ${names.length - MAX_NAMES_SHOWN} more` : shown;
}
