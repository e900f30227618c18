/** What was seen of a penstock over the time of a soak, and the bounds that it must keep to. */

import { markdown } from '../kit/tables.mjs';

/**
 * What the line through the memory of the last two thirds may rise by from their beginning to their end, garbage collected, whatever the
 * time: what a process takes at first (compiled code, buffers, pools) it takes in the first third.
 */
export const MAX_GROWTH_MIB = 12;
/** Descriptors above those of the beginning, once all clients and idle upstream connections are gone. */
export const MAX_FILES_LEFT = 4;

/** Of the table: start, middle and end, and two between each. */
const ROWS = 7;

/** @typedef {{ atS: number, settledMiB: number, usedMiB: number, rssMiB: number, files: number, answers: number, failures: number, reloads: number }} Sample */

/** The rise of the least squares line over the last two thirds, in MiB. */
export function growthMiB(samples) {
  const last = samples.slice(Math.floor(samples.length / 3));
  const mean = (of) => last.reduce((sum, one) => sum + of(one), 0) / last.length;
  const meanS = mean(({ atS }) => atS);
  const meanMiB = mean(({ settledMiB }) => settledMiB);
  const covariance = mean(({ atS, settledMiB }) => (atS - meanS) * (settledMiB - meanMiB));
  const variance = mean(({ atS }) => (atS - meanS) ** 2);
  return (covariance / variance) * (last.at(-1).atS - last[0].atS);
}

/** Start, end and what lies between, as Markdown. */
export function tableOf(samples) {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const one = samples[Math.round((i * (samples.length - 1)) / (ROWS - 1))];
    const memory = [one.settledMiB, one.usedMiB, one.rssMiB].map((mib) => mib.toFixed(1));
    return [one.atS.toFixed(0), ...memory, one.files, one.answers, one.failures, one.reloads];
  });
  const resident = ['resident MiB, collected', 'in use by objects', 'resident MiB before'];
  const headings = ['s', ...resident, 'descriptors', 'answers', 'failures', 'reloads'];
  return markdown(headings, rows).join('\n');
}
