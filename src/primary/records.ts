/**
 * What a penstock remembers beside its configuration: its events, who is told of them, and its domains. Primary thread. Made once the state directory is
 * known; it stays with that one until penstock starts anew.
 */

import { join } from 'node:path';
import { type Clock, systemRandom } from '../kit/clock.ts';
import { LogField } from '../kit/names.ts';
import type { ReloadResult } from './control.ts';
import { DnsClient } from './dns/dns-client.ts';
import { Domains } from './domains/domains.ts';
import type { ConfigDraft } from './draft.ts';
import { EventLog } from './events/event-log.ts';
import { Webhooks } from './events/webhooks.ts';
import type { Log } from './log.ts';
import { reloadEvent } from './reload-event.ts';
import { FileStore } from './store/file-store.ts';

/** For a question about a domain: whoever asked waits for its answer. */
const DNS_MS = 30_000;

export interface RecordsGround {
  readonly configFile: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A domain is verified from now on. */
  readonly onVerified: (host: string) => void;
}

export class Records {
  readonly events: EventLog;
  readonly domains: Domains;
  readonly #webhooks: Webhooks;
  readonly #configFile: string;
  #resolvers: readonly string[];

  /** Of the configuration that a penstock starts with. */
  static async open({ stateDir, domains }: ConfigDraft, ground: RecordsGround): Promise<Records> {
    const records = new Records(stateDir, domains.resolvers, ground);
    await records.domains.load();
    return records;
  }

  private constructor(
    stateDir: string,
    resolvers: readonly string[],
    { configFile, clock, log: { logger, secrets }, onVerified }: RecordsGround,
  ) {
    this.#configFile = configFile;
    this.#resolvers = resolvers;
    const folder = join(stateDir, 'events');
    const log = logger.child({ [LogField.COMPONENT]: 'events' });
    this.events = new EventLog({ folder, clock, log, secrets });
    this.#webhooks = new Webhooks({
      folder: join(folder, 'webhooks'),
      feed: this.events,
      clock,
      random: systemRandom,
      log,
    });
    this.domains = new Domains({
      store: new FileStore(stateDir, clock),
      clock,
      log: logger.child({ [LogField.COMPONENT]: 'domains' }),
      events: {
        emit: (event) => {
          this.events.emit(event);
          if (event.type === 'DomainVerified') onVerified(event.subject);
        },
      },
      txt: (name) => new DnsClient(this.#resolvers).txt(name, AbortSignal.timeout(DNS_MS)),
    });
  }

  /** This configuration serves. */
  use({ webhooks, domains }: ConfigDraft): void {
    this.#resolvers = domains.resolvers;
    this.#webhooks.adopt(webhooks);
  }

  /** What became of a start or a reload. */
  reloaded(result: Omit<ReloadResult, 'atMs' | 'durationMs'>): void {
    const event = reloadEvent(this.#configFile, result);
    if (event !== null) this.events.emit(event);
  }

  async close(): Promise<void> {
    this.#webhooks.close();
    await this.events.close();
  }
}
