/**
 * penstock as a library in a process of its own, told what to do by IPC: node library-host.mjs CONFIG. Through the library a
 * worker can be made to fail, which no command and no endpoint offers.
 */

import { start } from '../../dist/library/index.js';

const penstock = await start({ configFile: process.argv[2] });
process.on('message', async ({ type, worker }) => {
  if (type === 'fail') penstock.failWorker(worker);
  else if (type === 'status') process.send({ type: 'status', status: penstock.control.status() });
  else if (type === 'metrics') process.send({ type: 'metrics', metrics: await penstock.control.metrics() });
  else if (type === 'close') {
    await penstock.close();
    process.send({ type: 'closed' }, () => process.disconnect());
  }
});
process.send({ type: 'ready' });
