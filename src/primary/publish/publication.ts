/** A snapshot on its way to the workers: encoded once, in memory that all threads share. Primary thread. */

import type {
  CertificateChange,
  MemoryBuffers,
  SharedBytes,
  SnapshotMessage,
} from '../../bridge/messages.ts';
import {
  decodeSnapshot,
  encodeContent,
  envelopePadding,
  type Sealed,
  seal,
} from '../../bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { Snapshot } from '../../bridge/snapshot/model.ts';
import { certificateChange, type Served } from './certificate-change.ts';

export interface Publication {
  readonly version: number;
  readonly digest: string;
  /** The encoded envelope, in memory that all threads share; never written again. */
  readonly bytes: SharedBytes;
  readonly snapshot: Snapshot;
  readonly certificates: CertificateChange;
}

/** What serves when a publication is made. */
export interface Predecessor {
  readonly content: Served;
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
  const bytes = shared(sealed.bytes);
  const certificates =
    before === null
      ? { since: 0, replaced: true, added: [] }
      : certificateChange(before.content, before.publication.version, content);
  return { version, digest: sealed.digest, bytes, snapshot: decodeSnapshot(bytes), certificates };
}

/** A copy in which the route table can be read where it lies, so that no thread copies it once more. */
function shared(envelope: Uint8Array): SharedBytes {
  const padding = envelopePadding(envelope);
  const bytes = new Uint8Array(new SharedArrayBuffer(padding + envelope.length), padding);
  bytes.set(envelope);
  return bytes;
}

export function messageFor(publication: Publication, memory: MemoryBuffers): SnapshotMessage {
  const { version, digest, bytes, certificates } = publication;
  return { type: 'snapshot', version, digest, bytes, memory, certificates };
}
