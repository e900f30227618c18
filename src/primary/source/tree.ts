/** The nodes of a configuration between YAML and plain values: they know where they stand. Primary thread, types only. */

import type { ProblemCode } from '../../kit/problem-codes.ts';
import type { ConfigPath } from '../config-document.ts';

/** Offsets count UTF-16 units from the start of the text; `end` is exclusive. */
interface Place {
  readonly at: number;
  readonly end: number;
  /** Nodes at and below this one, every alias counted in full. */
  readonly size: number;
}

export interface MapNode extends Place {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyAt: number;
  readonly node: TreeNode;
}

export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

export type TreeNode = MapNode | ListNode | ScalarNode;

/** Something wrong at an offset of the text. */
export interface TreeFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly at: number;
  readonly path: ConfigPath;
  readonly suggestion?: string | undefined;
}

export interface YamlTree {
  /** Null where the text cannot be understood. */
  readonly root: TreeNode | null;
  readonly faults: readonly TreeFault[];
}
