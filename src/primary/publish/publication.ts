/** A snapshot on its way to the workers: encoded once, in memory that all threads share. Primary thread. */

import type { CertificateChange, MemoryBuffers, SnapshotMessage } from '../../bridge/messages.ts';
import { decodeSnapshot, encodeContent, type Sealed, seal } from '../../bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { Snapshot } from '../../bridge/snapshot/model.ts';
import { certificateChange } from './certificate-change.ts';

export interface Publication {
  readonly version: number;
  readonly digest: string;
  /** The encoded envelope; never written again. */
  readonly bytes: SharedArrayBuffer;
  readonly snapshot: Snapshot;
  readonly certificates: CertificateChange;
}

/** What serves when a publication is made. */
export interface Predecessor {
  readonly content: SnapshotContent;
  readonly publication: { readonly version: number };
}

/** `publishedMs`: milliseconds since the epoch. */
export function makePublication(
  content: SnapshotContent,
  version: number,
  publishedMs: number,
  before: Predecessor | null = null,
): Publication {
  const sealed: Sealed = seal(encodeContent(content), version, publishedMs);
  const bytes = new SharedArrayBuffer(sealed.bytes.length);
  const view = new Uint8Array(bytes);
  view.set(sealed.bytes);
  const certificates =
    before === null
      ? { since: 0, replaced: true, added: [] }
      : certificateChange(before.content, before.publication.version, content);
  return { version, digest: sealed.digest, bytes, snapshot: decodeSnapshot(view), certificates };
}

export function messageFor(publication: Publication, memory: MemoryBuffers): SnapshotMessage {
  const { version, digest, bytes, certificates } = publication;
  return { type: 'snapshot', version, digest, bytes, memory, certificates };
}
