/**
 * The way of one name from nothing to a certificate that is renewed for ever (issue, Staging first). Pure: what happened goes in, the next
 * state comes out; `actionOf` says what is to be done in a state. The state is stored after every step, so that a restart goes on where it stood.
 * LIFECYCLE.md draws it.
 */

import type { Random } from '../../../kit/clock.ts';

/** `staging` issues certificates that nobody trusts, with limits that are hard to meet. */
export type Environment = 'staging' | 'production';

/**
 * `none`: nothing was tried. `staging`: until a staging order succeeds. `staged`: it did; a production order is due at once. `production`: until
 * a production order succeeds. `issued`: there is a certificate, and nothing to do before it is to be renewed.
 */
export type Phase = 'none' | 'staging' | 'staged' | 'production' | 'issued';

export interface Issuance {
  readonly phase: Phase;
  /** URL of the order that is under way at the authority of this phase. It is taken up again, never left for a new one. */
  readonly order: string | null;
  /** In a row, since the last success. */
  readonly failures: number;
  /** Milliseconds since the epoch: nothing is tried before. */
  readonly notBeforeMs: number;
  /** The certificate that serves, if one does: since when and until when it is valid, and when it is to be renewed. Milliseconds since the epoch. */
  readonly certificate: Validity | null;
}

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly renewAtMs: number;
}

export const NEW_ISSUANCE: Issuance = Object.freeze({
  phase: 'none',
  order: null,
  failures: 0,
  notBeforeMs: 0,
  certificate: null,
});

export type IssuanceEvent =
  /** An attempt begins that `actionOf` asked for. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'ordered'; readonly order: string }
  /** The chain came and was found good; of production, it is stored. `certificate`: of production. */
  | { readonly kind: 'obtained'; readonly certificate: Validity }
  | {
      readonly kind: 'failed';
      /** The authority looked and did not find what it asked for: another try without a change fails again. */
      readonly refuted: boolean;
      /** The order cannot be taken up again, or there was none. */
      readonly orderOver: boolean;
      /** What the authority, or our own budget, asks to wait at least. */
      readonly waitMs: number;
    }
  /** The certificate is to be renewed at another time than before: the authority suggests it, or the configuration has changed. */
  | { readonly kind: 'planned'; readonly renewAtMs: number }
  /** Somebody asks for a new certificate now. */
  | { readonly kind: 'forced' }
  /** The clock was set back behind the time at which a wait began: nobody knows how much of it is over. */
  | { readonly kind: 'set_back' }
  /** The stored certificate is gone or damaged. */
  | { readonly kind: 'lost' };

export interface LifecycleFacts {
  readonly nowMs: number;
  readonly stagingFirst: boolean;
  readonly random: Random;
}

export type IssuanceAction =
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** `takeUp`: URL of the order to go on with; null: place a new one. */
  | { readonly kind: 'issue'; readonly environment: Environment; readonly takeUp: string | null };

const MINUTE_MS = 60_000;
/** After so many failures in a row; the last one from then on. One hour at most: whoever mends the cause need not wait for long. */
const BACK_OFF_MINUTES = [1, 2, 5, 10, 20, 30, 60] as const;
const LONGEST_MINUTES = 60;
/** Names that fail together are not tried together for ever. */
const JITTER = 0.1;

export function step(state: Issuance, event: IssuanceEvent, facts: LifecycleFacts): Issuance {
  switch (event.kind) {
    case 'begun':
      return begun(state, facts);
    case 'ordered':
      return isTrying(state) ? { ...state, order: event.order } : state;
    case 'obtained':
      return obtained(state, event.certificate);
    case 'failed':
      return isTrying(state) ? failed(state, event, facts) : state;
    case 'planned':
      return state.certificate === null
        ? state
        : { ...state, certificate: { ...state.certificate, renewAtMs: event.renewAtMs } };
    case 'forced':
      // A name that has not got its first certificate goes on where it is, without the wait.
      return state.phase === 'issued'
        ? { ...state, phase: 'production', failures: 0, notBeforeMs: 0 }
        : { ...state, notBeforeMs: 0 };
    case 'set_back':
      return { ...state, notBeforeMs: 0 };
    case 'lost':
      if (state.certificate === null) return state;
      // Its way through staging is behind it.
      return { ...state, phase: 'production', certificate: null, notBeforeMs: 0 };
  }
}

export function actionOf(state: Issuance, { nowMs, stagingFirst }: LifecycleFacts): IssuanceAction {
  const { phase, notBeforeMs, certificate, order } = state;
  if (phase === 'issued' && certificate !== null && certificate.renewAtMs > nowMs)
    return { kind: 'wait', untilMs: certificate.renewAtMs };
  if (notBeforeMs > nowMs) return { kind: 'wait', untilMs: notBeforeMs };
  const environment = (phase === 'none' || phase === 'staging') && stagingFirst ? 'staging' : 'production';
  // The order of a phase that the configuration has taken away is nobody's any more.
  const takeUp = (phase === 'staging') === (environment === 'staging') ? order : null;
  return { kind: 'issue', environment, takeUp };
}

function begun(state: Issuance, facts: LifecycleFacts): Issuance {
  const action = actionOf(state, facts);
  if (action.kind === 'wait') return state;
  return { ...state, phase: action.environment, order: action.takeUp };
}

function isTrying({ phase }: Issuance): boolean {
  return phase === 'staging' || phase === 'production';
}

function obtained(state: Issuance, certificate: Validity): Issuance {
  const done = { ...state, order: null, failures: 0, notBeforeMs: 0 };
  if (state.phase === 'staging') return { ...done, phase: 'staged' };
  return state.phase === 'production' ? { ...done, phase: 'issued', certificate } : state;
}

function failed(
  state: Issuance,
  { refuted, orderOver, waitMs }: Extract<IssuanceEvent, { kind: 'failed' }>,
  { nowMs, stagingFirst, random }: LifecycleFacts,
): Issuance {
  const minutes = BACK_OFF_MINUTES[state.failures] ?? LONGEST_MINUTES;
  const backOffMs = minutes * MINUTE_MS * (1 - JITTER * random());
  // What was refuted in production is looked for in staging first again: failed validations are what production counts most strictly. A
  // name that is being renewed has shown that it can be, and its order may still be pending.
  const again =
    state.phase === 'production' && refuted && orderOver && stagingFirst && state.certificate === null;
  return {
    ...state,
    phase: again ? 'staging' : state.phase,
    order: orderOver ? null : state.order,
    failures: state.failures + 1,
    notBeforeMs: nowMs + Math.max(backOffMs, waitMs),
  };
}
