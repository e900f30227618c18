/**
 * What penstock costs at scale, against its budgets: 10,000 and 100,000 routes, 10,000 own certificates, 1,000,000 limiter keys, 10,000 idle
 * connections, and what the process takes before any of it. A real penstock of dist/ with two workers; the stages of applying and the lookups
 * are from build/. What the other decisions cost is in `npm run bench:micro`.
 *
 *   npm run bench:scale -- [--quick] [--only routes|certificates|limiter|connections|base] [--store]
 *
 * The budgets are absolute and machines differ: read a verdict together with the machine. Exits 0 whatever the verdicts are; CI has the
 * tests for what must not get worse. Under ten minutes on two cores, with --quick (less of everything) under three. --store keeps the
 * figures in bench/results. Linux only (proc(5)).
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stopHelpers } from '../kit/helper-process.mjs';
import { closeLab } from '../kit/lab.mjs';
import { factsOfRun, storeRun } from '../kit/results.mjs';
import { basePart } from './base.mjs';
import { certificatesPart } from './certificates.mjs';
import { connectionsPart } from './connections.mjs';
import { limiterPart } from './limiter.mjs';
import { routesPart } from './routes.mjs';
import { missesOf, sectionOf } from './rows.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In this order: what is measured last may cost the most. */
const PARTS = {
  base: basePart,
  routes: routesPart,
  certificates: certificatesPart,
  limiter: limiterPart,
  connections: connectionsPart,
};

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    store: { type: 'boolean', default: false },
  },
});
if (options.only !== undefined && !Object.hasOwn(PARTS, options.only))
  throw new Error(`--only is one of ${Object.keys(PARTS).join(', ')}`);

const facts = factsOfRun();
const head = `# Scale, ${facts.when.slice(0, 10)}\n\nCommit ${facts.commit}. ${facts.machine}.${options.quick ? ' Quick.' : ''}`;
const sections = [];
console.log(head);
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (options.only !== undefined && name !== options.only) continue;
    const fromMs = performance.now();
    const found = await part(options);
    sections.push(...found);
    for (const section of found) console.log(sectionOf(section).join('\n'));
    console.log(`\n${name}: took ${((performance.now() - fromMs) / 1000).toFixed(0)} s`);
  }
  const misses = missesOf(sections);
  console.log(misses.length === 0 ? '\nEvery budget is met.' : `\nMissed:\n- ${misses.join('\n- ')}`);
  if (options.store) {
    const text = [head, ...sections.flatMap(sectionOf)].join('\n');
    const data = { ...facts, quick: options.quick, sections };
    console.log(`stored in ${storeRun(ROOT, 'scale', { data, text })}`);
  }
} finally {
  await stopHelpers();
  await closeLab();
}
