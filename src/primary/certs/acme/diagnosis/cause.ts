/**
 * Why a name has no certificate yet: the codes of all causes, the facts that each is told with, and the cause that comes of them. Types only.
 * The catalogue is `causes.ts`; `classify.ts` finds a cause in what an authority or the network said, `pre-checks.ts` before anything is
 * ordered.
 */

/** Where on the way to a certificate it was found. `before_order` costs nothing at the authority. */
export type CauseStage = 'before_order' | 'order' | 'challenge' | 'finalise' | 'download' | 'store';

/** What penstock saw or was told at one address of a name. */
export interface AddressFinding {
  /** Without brackets. */
  readonly address: string;
  /** In words: "connection refused". */
  readonly said: string;
}

/** The codes, each with the facts that its message is made of. A code is a promise and never changes. */
export interface CauseFacts {
  readonly port_80_unreachable: { readonly host: string; readonly findings: readonly AddressFinding[] };
  readonly resolves_elsewhere: {
    readonly host: string;
    readonly seen: readonly string[];
    readonly ours: readonly string[];
    /** What answered there, if anything did. */
    readonly said: string;
  };
  readonly address_not_answering: {
    readonly host: string;
    readonly findings: readonly AddressFinding[];
    /** The addresses that do answer. */
    readonly answering: readonly string[];
  };
  readonly wrong_answer: { readonly host: string; readonly findings: readonly AddressFinding[] };
  readonly tls_redirect_broken: { readonly host: string; readonly to: string; readonly said: string };
  /** `said`: the authority's words, or which servers were asked. */
  readonly no_address: { readonly host: string; readonly said: string };
  readonly dns_failure: { readonly host: string; readonly said: string };
  readonly caa_forbids: {
    readonly host: string;
    /** The domain whose CAA records count; empty: the authority does not say. */
    readonly domain: string;
    /** Why, with the records. */
    readonly said: string;
    /** What a record has to name so that this authority may issue: one of these. Empty: it does not tell. */
    readonly identities: readonly string[];
  };
  readonly clock_off: {
    /** Ours less the authority's, milliseconds. */
    readonly aheadMs: number;
    readonly authority: string;
  };
  readonly wildcard_needs_dns: { readonly host: string };
  readonly not_verified: { readonly host: string };
  readonly unsupported_name: { readonly host: string; readonly said: string };
  readonly budget: {
    readonly host: string;
    readonly authority: string;
    /** In words, for instance "50 certificates for example.com in 7 days". */
    readonly limit: string;
    readonly untilMs: number;
  };
  readonly rate_limited: {
    readonly host: string;
    readonly authority: string;
    readonly said: string;
    /** Null: the authority names no time. */
    readonly untilMs: number | null;
  };
  readonly paused: {
    readonly host: string;
    readonly authority: string;
    /** Where a person ends the pause; empty: the authority names no place. */
    readonly url: string;
  };
  readonly dns_credentials: { readonly said: string };
  readonly dns_zone_missing: { readonly said: string };
  readonly dns_propagation: { readonly said: string };
  readonly http_self_check: { readonly said: string };
  readonly dns_provider: { readonly said: string };
  readonly dns_record_wrong: { readonly host: string; readonly said: string };
  readonly account_refused: { readonly authority: string; readonly said: string };
  readonly contact_refused: { readonly authority: string; readonly said: string };
  readonly eab_required: { readonly authority: string };
  readonly eab_wrong: { readonly authority: string; readonly said: string };
  readonly terms: {
    readonly authority: string;
    readonly said: string;
    /** Empty: the authority names no place. */
    readonly url: string;
  };
  readonly csr_refused: { readonly authority: string; readonly said: string };
  readonly authority_down: { readonly authority: string; readonly said: string };
  readonly authority_untrusted: { readonly authority: string; readonly said: string };
  readonly authority_error: { readonly authority: string; readonly said: string };
  readonly chain_wrong: { readonly said: string };
  readonly store_unwritable: { readonly said: string };
  readonly unknown: { readonly said: string };
}

export type CauseCode = keyof CauseFacts;

/** An entry of the catalogue. */
export interface CauseKind<Facts> {
  /** What is wrong, for tables: a clause without facts. */
  readonly title: string;
  /** The sentence for a message, with the facts of the case. No full stop at its end. */
  readonly message: (facts: Facts) => string;
  /** What to do about it: sentences. */
  readonly remedy: string;
  /** Another try fails again while nobody changes anything. */
  readonly refuted: boolean;
  /** Where it is usually found. */
  readonly stage: CauseStage;
}

/** A cause that was found. Plain data: it is stored with the attempts of a name and shown by the admin API. */
export interface Cause {
  readonly code: CauseCode;
  readonly stage: CauseStage;
  readonly message: string;
  readonly remedy: string;
  readonly refuted: boolean;
  /** Milliseconds since the epoch: a try before is in vain. Null: nobody named a time. */
  readonly untilMs: number | null;
}
