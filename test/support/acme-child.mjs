/**
 * A process that obtains certificates until it is killed. A JSON in its first argument: where its store is, what it wants, of whom. Each line of its
 * output is a host whose certificate it has said to have.
 */

import { createServer } from 'node:http';
import { pino } from 'pino';
import { systemClock } from '../../build/kit/clock.js';
import { classify } from '../../build/primary/certs/acme/diagnosis/classify.js';
import { KeyPool } from '../../build/primary/certs/acme/keys.js';
import { CertificateManager } from '../../build/primary/certs/acme/manager.js';
import { FileStore } from '../../build/primary/store/file-store.js';

const { folder, names, draft, httpPort } = JSON.parse(process.argv[2] ?? '');
const tokens = new Map();
const PREFIX = '/.well-known/acme-challenge/';
createServer((request, response) => response.end(tokens.get(request.url?.slice(PREFIX.length)) ?? '')).listen(
  httpPort,
  '127.0.0.1',
);

const yes = async () => ({ ok: true });
const nothing = async () => {};
const budget = {
  ...{ mayOrder: yes, mayRegister: yes, registered: nothing },
  ...{ ordered: nothing, issued: nothing, failed: nothing, limited: nothing },
};
const diagnosis = {
  preCheck: async () => ({ stop: null, warnings: [] }),
  classify: (/** @type {object} */ failed) => classify({ ...failed, publicAddresses: [], isPublic: false }),
  waitScopeOf: () => 'account',
};

const manager = await CertificateManager.open({
  store: new FileStore(folder, systemClock),
  clock: systemClock,
  random: Math.random,
  log: pino({ level: 'silent' }),
  keys: new KeyPool(new URL('../../build/primary/key-worker.js', import.meta.url)),
  hooks: {
    budget,
    diagnosis,
    emit: ({ type, subject }) => type === 'CertificateIssued' && console.log(subject),
  },
  onChange: () => {},
  solver: () => ({
    type: 'http-01',
    present: async ({ token, keyAuthorization }) => void tokens.set(token, keyAuthorization),
    cleanUp: async ({ token }) => void tokens.delete(token),
  }),
});
manager.want(names, draft);
setInterval(() => {}, 60_000);
