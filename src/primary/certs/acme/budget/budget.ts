/**
 * What whoever orders certificates asks and tells the ledger (`ledger.ts`). Types only. The order of calls for one host is
 * mayOrder → ordered → issued | failed, or mayOrder → failed where no order was placed.
 */

/** An order, or the wish for one. */
export interface BudgetRequest {
  /** URL of the directory. */
  readonly authority: string;
  /** URL of the account. */
  readonly account: string;
  /** Whose certificate it is: one order is under way for it at a time. */
  readonly host: string;
  /** All names of the order, lower case. */
  readonly names: readonly string[];
  /** There is, or was lately, a certificate for exactly these names of this authority. */
  readonly isRenewal: boolean;
  /** The order names the certificate that it replaces (RFC 9773 section 5). */
  readonly replaces: boolean;
}

/** `untilMs`: milliseconds since the epoch; asking again before is in vain. `limit`: in words, for the cause `budget`. */
export type BudgetVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly untilMs: number; readonly limit: string };

/** What a wait that the authority asked for is about. */
export type WaitScope = 'account' | 'domain' | 'set' | 'host';

export interface Budget {
  /** Holds the place of an order that it lets pass, until `ordered` or `failed`. */
  mayOrder(request: BudgetRequest): Promise<BudgetVerdict>;
  /** The authority has taken the order. */
  ordered(request: BudgetRequest): Promise<void>;
  /** The certificate came. */
  issued(request: BudgetRequest): Promise<void>;
  /**
   * It came to nothing. `refuted`: the names whose validation the authority saw fail. `orderOver`: the order cannot be taken up again, or there
   * was none.
   */
  failed(
    request: BudgetRequest,
    outcome: { readonly refuted: readonly string[]; readonly orderOver: boolean },
  ): Promise<void>;
  /** The authority asks to wait (`Retry-After`, or its words). A week is the longest that is believed. */
  limited(request: BudgetRequest, untilMs: number, scope: WaitScope): Promise<void>;
  /** Whether a new account may be asked for. */
  mayRegister(authority: string): Promise<BudgetVerdict>;
  /** One was made. */
  registered(authority: string): Promise<void>;
  /** The authority asks to wait with new accounts, as with `limited`. */
  registrationsLimited(authority: string, untilMs: number): Promise<void>;
}
