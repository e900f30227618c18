/** What penstock knows of domains, and what can be asked of it. Primary thread; types only. `domains/` implements it. */

/** A domain that is verified, or waits for it. */
export interface Domain {
  /** Lower case, ASCII. It stands for `*.host`, too. */
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly addedMs: number;
  /** Null: not yet. Once verified it stays so until it is removed. */
  readonly verifiedMs: number | null;
  /** What proves it. */
  readonly record: { readonly name: string; readonly type: 'TXT'; readonly value: string };
}

export type DomainFault =
  /** It is no host name. */
  | 'bad_host'
  /** It was never added. */
  | 'unknown'
  | 'too_many'
  /** The record does not exist. */
  | 'not_found'
  /** There are records, but none with this value. */
  | 'wrong_value'
  | 'dns_failure'
  /** The state directory cannot be read or written. */
  | 'state';

export type DomainResult =
  | { readonly domain: Domain; readonly isNew: boolean }
  | {
      readonly fault: DomainFault;
      /** What is wrong and how to mend it. */
      readonly detail: string;
      /** The values that DNS has instead, the first of them; empty but for `wrong_value`. */
      readonly seen: readonly string[];
    };

/** Hosts as people write them. Nothing rejects. */
export interface DomainRegistry {
  /** By name. */
  list(): readonly Domain[];
  get(host: string): DomainResult;
  /** One that is there already stays as it is. */
  add(host: string): Promise<DomainResult>;
  /** Asks DNS, unless it is verified already. */
  verify(host: string): Promise<DomainResult>;
  remove(host: string): Promise<DomainResult>;
}
