/** The version of this build, from the package's own description. Read once, when the module is loaded. */

import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

/** Semantic version, such as `0.1.0`. */
export const PENSTOCK_VERSION: string = version;
