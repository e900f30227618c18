/** The version of this build, from the package's own description. Read once, when the module is loaded. */

import { readFileSync } from 'node:fs';
import { PACKAGE_FILE } from './program-files.ts';

const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { readonly version: string };

/** Semantic version, such as `0.1.0`. */
export const PENSTOCK_VERSION: string = version;
