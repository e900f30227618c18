/**
 * `npm start`: starts the two demo services, runs penstock in front of them with penstock.yaml and prints what to try.
 * SIGINT and SIGTERM stop penstock; its exit status becomes ours.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startServices } from './services.mjs';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const CONFIG = fileURLToPath(new URL('penstock.yaml', import.meta.url));
/** As in penstock.yaml. */
const LISTENERS = [
  { what: 'http', port: 8080, host: '0.0.0.0' },
  { what: 'https', port: 8443, host: '0.0.0.0' },
  { what: 'admin', port: 9180, host: '127.0.0.1' },
];
const SAME_SIGNAL_MS = 300;
const TO_TRY = [
  ['penstock itself answers (200)', 'curl -i http://localhost:8080/'],
  ['a service, its path prefix taken off (200)', 'curl -i http://localhost:8080/hello/world'],
  [
    'what a service gets: forwarding headers, one set by the route (200)',
    "curl -i -d 'some body' http://localhost:8080/echo",
  ],
  ['nine of ten to one service, the tenth to the other (200)', 'curl -i http://localhost:8080/split'],
  ['a redirect (301)', 'curl -i http://localhost:8080/old'],
  ['HTTPS with a self-signed certificate (200)', 'curl -i -k https://localhost:8443/secure'],
  ['the same over plain HTTP is sent to HTTPS (301)', 'curl -i http://localhost:8080/secure'],
  ['no route (404)', 'curl -i http://localhost:8080/nowhere'],
  ['the admin listener: routes, status, metrics (200)', 'curl -i http://127.0.0.1:9180/v1/routes'],
];

if (!existsSync(MAIN)) fail('penstock is not built yet: run `npm start`, or `npm run build` first');
for (const listener of LISTENERS) await requireFree(listener);
const stopServices = await startServices().catch((error) => fail(`${error.message}. Stop it and try again.`));

// In a process group of its own: a Ctrl-C in the terminal would otherwise reach penstock twice, from the terminal and from
// us, and a second signal means "at once".
const child = spawn(process.execPath, [MAIN, 'run', '-c', CONFIG], {
  stdio: ['ignore', 'inherit', 'pipe'],
  detached: true,
});
let told = false;
let seen = '';
child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ piece) => {
  process.stderr.write(piece);
  if (told) return;
  seen += piece;
  if (!/^ready /m.test(seen)) return;
  told = true;
  printWhatToTry();
});
child.once('error', (error) => fail(`cannot run penstock: ${error.message}`));
child.once('close', (status, signal) => {
  stopServices();
  // As a shell reports it: 128 and the number would need a table, 1 says enough.
  process.exitCode = status ?? 1;
  if (signal !== null) console.error(`penstock was ended by ${signal}`);
});
forwardSignals();

/** npm passes on the signal that the terminal has sent us already: two within a blink count as one. */
function forwardSignals() {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (nowMs - lastMs > SAME_SIGNAL_MS) child.kill(signal);
      lastMs = nowMs;
    });
  }
}

function printWhatToTry() {
  const lines = TO_TRY.flatMap(([what, command]) => [`  # ${what}`, `  ${command}`, '']);
  console.log(
    [
      '',
      'penstock serves http://localhost:8080 and https://localhost:8443. Try in another terminal:',
      '',
      ...lines,
    ].join('\n'),
  );
  console.log(`Edit ${CONFIG} while it runs: it reloads by itself. Stop it with Ctrl-C.`);
}

/**
 * Penstock's listeners share their ports between threads, so a second one would not be told: look before.
 * @param {{ what: string, port: number, host: string }} listener
 */
async function requireFree({ what, port, host }) {
  const server = createServer();
  try {
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true }, () => resolve(undefined));
    });
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
    fail(`the quick start cannot use port ${port} (${what}): ${why}. Stop it, or change ${CONFIG}.`);
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
