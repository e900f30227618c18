/** A penstock whose threads can be asked for the delays of their event loops, and told to collect garbage: see `thread-probe.mjs`. */

import { mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { labFolder } from './lab.mjs';
import { median } from './medians.mjs';
import { runPenstock } from './penstock-process.mjs';
import { rssMiB } from './process-memory.mjs';

const PROBE = new URL('./thread-probe.mjs', import.meta.url).href;
const ANSWER_MS = 120_000;
/** Memory is read so often, so far apart; the kernel takes back what was freed meanwhile. */
const READS = 5;
const READ_EVERY_MS = 100;
/** The number of the primary thread. */
const PRIMARY = '0';

export async function runProbedPenstock(name, configOf, options = {}) {
  const folder = join(labFolder, `probe-${name}`);
  mkdirSync(folder);
  const flags = [...(options.flags ?? []), '--import', PROBE];
  const env = { ...options.env, PENSTOCK_PROBE_FOLDER: folder };
  const penstock = await runPenstock(name, configOf, { ...options, flags, env });
  /** Of every thread, by its number. A thread that died has left its socket: it is left out. */
  const askAll = async (word) => {
    const answers = await Promise.all(
      readdirSync(folder).map(async (thread) => [thread, await ask(join(folder, thread), word)]),
    );
    return answers.filter(([, answer]) => answer !== null);
  };
  return {
    ...penstock,
    /**
     * What `act` gives as `tookMs`, and the longest delays meanwhile, in milliseconds: of the primary's loop, of a worker's, and of a
     * worker's less its wait for a core.
     */
    async watchDelays(act) {
      await askAll('reset');
      const tookMs = await act();
      const answers = await askAll('delays');
      const workers = answers.filter(([thread]) => thread !== PRIMARY).map(([, delays]) => delays);
      return {
        tookMs,
        primaryMs: answers.find(([thread]) => thread === PRIMARY)[1].maxMs,
        workerMs: Math.max(...workers.map(({ maxMs }) => maxMs)),
        workerOwnMs: Math.max(...workers.map(({ ownMs }) => ownMs)),
      };
    },
    /**
     * Once all threads have collected their garbage, in MiB: resident memory, the median of some reads; and what is in use by objects of the
     * threads, buffers shared by several counted once for each.
     */
    async settled() {
      const reads = [];
      let usedBytes = 0;
      for (let read = 0; read < READS; read++) {
        const answers = await askAll('collect');
        usedBytes = answers.reduce((sum, [, answer]) => sum + answer.usedBytes, 0);
        await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
        reads.push(rssMiB(penstock.pid));
      }
      return { residentMiB: median(reads), usedMiB: usedBytes / 2 ** 20 };
    },
    /** The former of these. */
    async settledMiB() {
      return (await this.settled()).residentMiB;
    },
  };
}

/** Null: nobody is there. */
function ask(path, word) {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(word));
    let text = '';
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => {
      reject(new Error(`no answer at ${path}`));
      socket.destroy();
    });
    socket.on('data', (piece) => {
      text += piece;
    });
    socket.once('error', () => resolve(null));
    socket.once('end', () => {
      socket.destroy();
      resolve(JSON.parse(text));
    });
  });
}
