/** Entry of a worker thread: connects a `DataPlaneWorker` to the primary's messages. Imports nothing of the primary. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker, WorkerData } from '../bridge/messages.ts';
import { messageOf } from '../kit/errors.ts';
import { DataPlaneWorker } from './worker.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread and does nothing by itself');

const data = workerData as WorkerData;
const worker = new DataPlaneWorker(data, (message) => port.postMessage(message));

/** Whatever happens, the apps are closed before the thread ends: otherwise the process would abort. */
function crash(error: unknown): void {
  const words = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  worker.end('crashed', words);
}
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'snapshot':
      worker.adopt(message);
      return;
    case 'challenges':
      worker.answerChallenges(message);
      return;
    case 'drain':
      worker.drain(message.deadlineMs, message.patient);
      return;
    case 'stop':
      worker.end('stopped', '');
      return;
    case 'share-sockets':
      worker.shareSockets();
      return;
    case 'reopen-log':
      worker.reopenLog();
      return;
    case 'fail':
      throw new Error('failed on request');
  }
});

worker.adopt(data.snapshot);
