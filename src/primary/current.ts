/**
 * What serves, as the primary keeps it until the next reload: the bytes that the workers have, and beside them only what is asked for
 * often. Of the routes, of which there may be very many, it keeps the bytes alone and reads them where somebody wants to see them all.
 * Primary thread; pure.
 */

import { decodeSnapshot } from '../bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../bridge/snapshot/content.ts';
import type { Service } from '../bridge/snapshot/model.ts';
import type { ConfigDraft } from './draft.ts';
import type { Publication } from './publish/publication.ts';

/** What is asked of a draft once it serves. */
type ServingDraft = Pick<ConfigDraft, 'stateDir' | 'timeouts'>;

/** Replaced whole. */
export interface Current {
  readonly draft: ServingDraft;
  /** Their endpoints still go by their names. */
  readonly services: readonly Service[];
  /** As the workers have it, but for the routes. */
  readonly content: Omit<SnapshotContent, 'routes' | 'routeTable'>;
  readonly publication: Publication;
}

/** `content`: as the workers have it. */
export function currentOf(
  { stateDir, timeouts }: ConfigDraft | ServingDraft,
  services: readonly Service[],
  { routes, routeTable, ...content }: SnapshotContent,
  publication: Publication,
): Current {
  return { draft: { stateDir, timeouts }, services, content, publication };
}

/** As it was published. Reads every route anew: milliseconds for thousands of them. */
export function contentOf({ content, publication }: Current): SnapshotContent {
  // Not the snapshot of the publication, which would keep what it has read.
  const snapshot = decodeSnapshot(publication.bytes);
  const routes = Array.from({ length: snapshot.routeCount }, (_, index) => snapshot.route(index));
  return { ...content, routes, routeTable: snapshot.routeTable };
}

/** The same with the endpoints that still go by their names: `contentOf` has what these resolved to. */
export function unresolved(current: Current): SnapshotContent {
  return { ...contentOf(current), services: current.services };
}
