/** vitest globalSetup of every kind of test that runs what dist/ holds: fails clearly when dist/ is not the present src/. */

import { buildState } from '../../scripts/build-state.mjs';

/** `npm test` builds before; who calls vitest directly builds himself. */
export default function requireDist(): void {
  const state = buildState();
  if (state === 'fresh') return;
  const problem =
    state === 'missing' ? 'dist/ is missing' : 'dist/ was built from other sources than src/ holds now';
  if (process.env.PENSTOCK_TEST_STALE_DIST === '1') {
    console.warn(`${problem}; testing it all the same (PENSTOCK_TEST_STALE_DIST=1)`);
    return;
  }
  throw new Error(`${problem}: run \`npm run build\` first, or \`npm test\`, which does`);
}
