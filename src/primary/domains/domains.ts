/**
 * The domains whose owner penstock knows: each has a random token, and is verified once DNS shows it. Primary thread.
 *
 *   <store>/domains/<host>    {"host","token","addedMs","verifiedMs"}
 */

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../kit/clock.ts';
import { messageOf } from '../../kit/errors.ts';
import { LogField } from '../../kit/names.ts';
import type { Domain, DomainFault, DomainRegistry, DomainResult } from '../domain.ts';
import type { EventSink } from '../event.ts';
import type { Store } from '../store/store.ts';
import { domainOf, recordName, recordValue } from './domain-name.ts';

export interface DomainsGround {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventSink;
  /** The texts of a name's TXT records. Rejects where that cannot be found out. */
  txt(name: string): Promise<readonly string[]>;
}

interface StoredDomain {
  readonly host: string;
  readonly token: string;
  readonly addedMs: number;
  readonly verifiedMs: number | null;
}

const PREFIX = 'domains/';
/** 160 bits, as text without padding. */
const TOKEN_BYTES = 20;
const MAX_DOMAINS = 10_000;
/** Of what DNS has instead of the token. */
const MAX_SEEN = 5;
const MAX_SEEN_LENGTH = 200;

export class Domains implements DomainRegistry {
  readonly #ground: DomainsGround;
  readonly #domains = new Map<string, StoredDomain>();

  constructor(ground: DomainsGround) {
    this.#ground = ground;
  }

  /** Reads what is stored. What cannot be read is reported; never rejects. */
  async load(): Promise<void> {
    const { store, log } = this.#ground;
    try {
      for (const key of await store.list(PREFIX)) await this.#loadOne(key);
    } catch (error) {
      log.error(`domains cannot be read: ${messageOf(error)}`);
    }
  }

  /** One that cannot be read is in the way of no other. */
  async #loadOne(key: string): Promise<void> {
    const { store, log } = this.#ground;
    try {
      const domain = parse(await store.get(key));
      if (domain !== null && key === keyOf(domain.host)) this.#domains.set(domain.host, domain);
      else log.warn({ [LogField.FILE]: await store.setAside(key) }, 'a damaged domain was set aside');
    } catch (error) {
      log.error({ [LogField.FILE]: key }, `a domain cannot be read: ${messageOf(error)}`);
    }
  }

  list(): readonly Domain[] {
    return [...this.#domains.values()].map(toDomain).sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  /** Whether certificates may be obtained for a host: it or, of `*.host`, what it stands for was verified. */
  isVerified(host: string): boolean {
    const result = this.get(host);
    return 'domain' in result && result.domain.verifiedMs !== null;
  }

  get(host: string): DomainResult {
    const known = this.#known(host);
    return 'fault' in known ? known : resultOf(known);
  }

  async add(host: string): Promise<DomainResult> {
    const name = domainOf(host);
    if (name === null) return badHost();
    const known = this.#domains.get(name);
    if (known !== undefined) return resultOf(known);
    if (this.#domains.size >= MAX_DOMAINS) {
      return fault('too_many', `There are ${MAX_DOMAINS} domains already; remove some that are not used.`);
    }
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const domain = { host: name, token, addedMs: this.#ground.clock.epochMs(), verifiedMs: null };
    const unkept = await this.#keep(domain);
    if (unkept !== null) return unkept;
    this.#ground.events.emit({
      type: 'DomainAdded',
      subject: name,
      data: { record: recordName(name) },
    });
    return { domain: toDomain(domain), isNew: true };
  }

  async verify(host: string): Promise<DomainResult> {
    const known = this.#known(host);
    if ('fault' in known) return known;
    if (known.verifiedMs !== null) return resultOf(known);
    const name = recordName(known.host);
    const value = recordValue(known.token);
    let values: readonly string[];
    try {
      values = await this.#ground.txt(name);
    } catch (error) {
      return fault(
        'dns_failure',
        `${messageOf(error)}. Try again, or name other servers with domains.resolvers.`,
      );
    }
    if (values.length === 0) {
      return fault(
        'not_found',
        `There is no TXT record at ${name}. Create it with the value ${value}; name servers may take minutes to show a new record.`,
      );
    }
    if (!values.includes(value)) {
      const seen = values.slice(0, MAX_SEEN).map((text) => text.slice(0, MAX_SEEN_LENGTH));
      return {
        ...fault(
          'wrong_value',
          `The TXT records at ${name} have other values. Add one with the value ${value}; if it is there already, name servers still show what was there before.`,
        ),
        seen,
      };
    }
    // It may have been removed, and added with another token, while DNS was asked.
    const now = this.#known(host);
    if ('fault' in now) return now;
    if (now !== known) return await this.verify(host);
    const verified = { ...known, verifiedMs: this.#ground.clock.epochMs() };
    const unkept = await this.#keep(verified);
    if (unkept !== null) return unkept;
    this.#ground.events.emit({ type: 'DomainVerified', subject: known.host, data: { record: name } });
    return { domain: toDomain(verified), isNew: true };
  }

  async remove(host: string): Promise<DomainResult> {
    const known = this.#known(host);
    if ('fault' in known) return known;
    try {
      await this.#ground.store.delete(keyOf(known.host));
    } catch (error) {
      return fault('state', messageOf(error));
    }
    this.#domains.delete(known.host);
    this.#ground.events.emit({
      type: 'DomainRemoved',
      subject: known.host,
      data: { wasVerified: known.verifiedMs !== null },
    });
    return resultOf(known);
  }

  #known(host: string): StoredDomain | (DomainResult & { readonly fault: DomainFault }) {
    const name = domainOf(host);
    if (name === null) return badHost();
    const known = this.#domains.get(name);
    return (
      known ?? fault('unknown', `The domain ${name} is not known. Add it with: penstock domains add ${name}`)
    );
  }

  /** Null: it is on the disk. Known from the beginning, so that a second request meanwhile makes no second token. */
  async #keep(domain: StoredDomain): Promise<DomainResult | null> {
    const before = this.#domains.get(domain.host);
    this.#domains.set(domain.host, domain);
    try {
      await this.#ground.store.put(keyOf(domain.host), Buffer.from(`${JSON.stringify(domain)}\n`));
      return null;
    } catch (error) {
      if (before === undefined) this.#domains.delete(domain.host);
      else this.#domains.set(domain.host, before);
      return fault('state', messageOf(error));
    }
  }
}

function keyOf(host: string): string {
  return `${PREFIX}${host}`;
}

function resultOf(domain: StoredDomain): DomainResult {
  return { domain: toDomain(domain), isNew: false };
}

function fault(
  name: DomainFault,
  detail: string,
): { readonly fault: DomainFault; readonly detail: string; readonly seen: readonly string[] } {
  return { fault: name, detail, seen: [] };
}

function badHost(): ReturnType<typeof fault> {
  return fault('bad_host', 'This is no host name; give one such as example.com or *.example.com.');
}

function toDomain({ host, token, addedMs, verifiedMs }: StoredDomain): Domain {
  const record = { name: recordName(host), type: 'TXT', value: recordValue(token) } as const;
  return { host, addedMs, verifiedMs, record };
}

/** Null where it is something else. */
function parse(bytes: Buffer | null): StoredDomain | null {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    if (typeof value !== 'object' || value === null) return null;
    const { host, token, addedMs, verifiedMs } = value as Partial<Record<keyof StoredDomain, unknown>>;
    if (typeof host !== 'string' || typeof token !== 'string' || token === '') return null;
    if (typeof addedMs !== 'number') return null;
    return verifiedMs === null || typeof verifiedMs === 'number'
      ? { host, token, addedMs, verifiedMs }
      : null;
  } catch {
    return null;
  }
}
