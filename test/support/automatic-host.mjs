/**
 * penstock with somebody who hands it automatic certificates, told what to do by IPC: node automatic-host.mjs CONFIG. Stands for the
 * manager of certificates, so that serving can be looked at without an authority.
 */

import { HttpSolver } from '../../build/primary/certs/acme/challenge/http-solver.js';
import { certificateId } from '../../build/primary/certs/certificate-id.js';
import { InheritedSockets } from '../../build/primary/inherited-sockets.js';
import { createLog } from '../../build/primary/log.js';
import { Primary } from '../../build/primary/main.js';

const certificates = new Map();
/** What is in the state directory, as it were: at hand once the first configuration asks. */
const stored = JSON.parse(process.env.STORED_CERTIFICATES ?? '{}');
let ground = null;
let solver = null;
let wanted = [];

function certificateOf(host, { certPem, keyPem, notAfterMs }) {
  return {
    id: certificateId(certPem, keyPem),
    hosts: [host],
    chainPem: certPem,
    keyPem,
    notAfterMs,
    source: 'acme',
    origin: { file: '<acme>', line: 1, column: 1 },
  };
}

function take(pairs) {
  for (const [host, pair] of Object.entries(pairs)) certificates.set(host, certificateOf(host, pair));
}

const primary = await Primary.start({
  configFile: process.argv[2],
  env: process.env,
  log: await createLog({ level: 'info', format: 'json' }),
  inherited: new InheritedSockets([]),
  succession: null,
  makeIssuer: async (given) => {
    ground = given;
    solver = new HttpSolver(given);
    return {
      certificates,
      load: async () => take(stored),
      want: (names) => {
        wanted = names.map(({ host, email }) => ({ host, email }));
      },
      status: () => [],
      renew: () => ({ kind: 'unknown' }),
      close: async () => {},
    };
  },
});

const tasks = {
  certificates: ({ pairs }) => {
    take(pairs);
    ground.onChange();
  },
  challenges: ({ tokens }) => ground.setChallenges(tokens),
  present: ({ challenge }) => solver.present(challenge, new AbortController().signal),
  cleanUp: ({ challenge }) => solver.cleanUp(challenge),
  wanted: () => wanted,
  fail: ({ worker }) => primary.failWorker(worker),
  reload: () => primary.reload('command'),
  status: () => primary.status(),
  close: () => primary.close(),
};

process.on('message', async ({ id, task, ...given }) => {
  try {
    process.send({ id, value: await tasks[task](given) });
  } catch (error) {
    process.send({ id, error: `${error.code}: ${error.message}` });
  }
  if (task === 'close') process.disconnect();
});
process.send({ id: 0 });
