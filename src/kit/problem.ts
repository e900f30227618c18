/** What is wrong in a configuration, as data: a validator reports every problem and throws none. */

/** Where a configured thing was written. Lines and columns count from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  /** Permanent upper-case code, such as `UNKNOWN_KEY` or `NOT_SUPPORTED_YET`. */
  readonly code: string;
  /** Where in the tree, such as `routes[2].rewrite`. Empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly origin: Origin;
  /** The nearest known name, for a misspelt one. */
  readonly suggestion?: string;
  /** The whole offending source line, for the caret; never present where it may hold a secret. */
  readonly sourceLine?: string;
}
