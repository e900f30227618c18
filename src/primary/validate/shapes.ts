/**
 * What the schema makes of one well-formed part of the file: the draft's own types, less what only the whole file can
 * tell (names made up, absolute paths, origins). Types only.
 */

import type { Address } from '../../kit/address.ts';
import type { AcmeSectionDraft } from '../certs/acme/acme-draft.ts';
import type {
  CertificateDraft,
  DomainsDraft,
  EndpointDraft,
  LimitsDraft,
  ListenAddressDraft,
  ListenDraft,
  LogDraft,
  RouteActionDraft,
  RouteDraft,
  ServiceDraft,
  ServiceTlsDraft,
  TimeoutsDraft,
  WebhookDraft,
} from '../draft.ts';

export type ListenAddress = ListenAddressDraft['address'];

export interface ListenShape {
  readonly http: readonly ListenAddress[];
  readonly https: readonly ListenAddress[];
  readonly admin: ListenAddress | null;
  readonly engine: ListenDraft['engine'];
  readonly http2: boolean;
}

export interface EndpointShape extends Omit<EndpointDraft, 'origin'> {
  readonly address: Address;
}

/** Paths as written. */
export type ServiceTlsShape = Omit<ServiceTlsDraft, 'origin'>;

export interface ServiceShape extends Omit<ServiceDraft, 'name' | 'origin' | 'endpoints' | 'tls'> {
  readonly endpoints: readonly EndpointShape[];
  readonly tls: ServiceTlsShape | null;
}

export interface RouteShape extends Omit<RouteDraft, 'name' | 'origin' | 'action'> {
  /** Null where the file does not name the route. */
  readonly name: string | null;
  /** Null where the file gives none, or more than one; `check-routes` reports that. */
  readonly action: RouteActionDraft | null;
}

export type CertificateShape = Omit<CertificateDraft, 'origin'>;

/** Paths as written. */
export type AcmeShape = Omit<AcmeSectionDraft, 'origin'>;

export interface ConfigShape {
  readonly listen: ListenShape;
  readonly adminToken: string | null;
  readonly workers: number | 'auto';
  readonly stateDir: string;
  readonly trustedProxies: readonly string[];
  readonly log: LogDraft;
  readonly limits: LimitsDraft;
  readonly timeouts: TimeoutsDraft;
  readonly services: Readonly<Record<string, ServiceShape>>;
  readonly routes: readonly RouteShape[];
  readonly certificates: readonly CertificateShape[];
  readonly acme: AcmeShape | null;
  readonly webhooks: readonly WebhookDraft[];
  readonly domains: DomainsDraft;
}
