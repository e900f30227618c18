/**
 * Requests at a constant rate in a process of its own: each is sent when it is due, whatever became of those before, so that what is slow
 * does not slow the questions down. Forked by `run-steady-load.ts`; each message is an order, each is answered by one of the same `type`.
 *
 *   { type: 'begin', port, path, connections, perSecond }   opens the connections, and sends from then on
 *   { type: 'window' }                                      the figures since the window before
 *   { type: 'stop', timeoutMs }                             sends no more, waits for what is due; the last figures
 *
 * Each request asks for a target of its own, and its answer must repeat that. Times are from the write to the last byte of the answer.
 * What this process adds is counted apart: how late it sent (`lateP99Ms`), how busy it was, and how many requests found no connection free.
 */

import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const MAX_NOTES = 20;
const TICK_MS = 1;

const emptyWindow = () => ({ answers: {}, lost: 0, crowdedOut: 0, notes: [], times: [], late: [] });
let window = emptyWindow();
let utilization = performance.eventLoopUtilization();
let plan = { port: 0, path: '/', connections: 0, perSecond: 0 };
let ticking;
let stopping = false;
let sent = 0;
let underWay = 0;
/** Connections without a request, the longest idle first: each has its turn. */
const idle = [];

function note(what) {
  if (window.notes.length < MAX_NOTES) window.notes.push(what);
}

/** Keeps one connection open, with a new one wherever the server ended it; `opened` is called once. */
function converse(opened) {
  const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let target = '';
  let sentMs = 0;
  const member = {
    send(dueMs) {
      sent += 1;
      underWay += 1;
      target = `${plan.path}?n=${sent}-end`;
      sentMs = performance.now();
      window.late.push(sentMs - dueMs);
      socket.write(`GET ${target} HTTP/1.1\r\nHost: steady.test\r\n\r\n`, 'latin1');
    },
  };
  const answered = (head, whole) => {
    const status = head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3);
    window.times.push(performance.now() - sentMs);
    window.answers[status] = (window.answers[status] ?? 0) + 1;
    if (status === '200' && !whole.includes(target)) {
      window.lost += 1;
      note(`${target} got the answer of another request: ${JSON.stringify(whole)}`);
    }
    target = '';
    received = '';
    underWay -= 1;
    if (!/\r\nconnection: close/i.test(head)) idle.push(member);
  };
  socket.once('connect', () => {
    idle.push(member);
    opened();
  });
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0 || target === '') return;
    const head = received.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (received.length < headEnd + 4 + length) return;
    if (received.length === headEnd + 4 + length) return answered(head, received);
    note(`not one answer: ${JSON.stringify(received.slice(0, 300))}`);
    socket.destroy();
  });
  // 'close' follows.
  socket.on('error', (error) => note(`${target} ${error.message}`));
  socket.once('close', () => {
    const place = idle.indexOf(member);
    if (place >= 0) idle.splice(place, 1);
    if (target !== '') {
      underWay -= 1;
      window.lost += 1;
      note(`${target} was lost with its connection`);
    }
    if (!stopping) converse(() => {});
  });
}

async function begin() {
  const all = Array.from({ length: plan.connections }, () => new Promise((resolve) => converse(resolve)));
  await Promise.all(all);
  const startMs = performance.now();
  let due = 0;
  ticking = setInterval(() => {
    const now = performance.now();
    for (; startMs + (due * 1000) / plan.perSecond <= now; due++) {
      const member = idle.shift();
      // With none free it is left out and counted: the plan has too few, or the answers do not come.
      if (member === undefined) window.crowdedOut += 1;
      else member.send(startMs + (due * 1000) / plan.perSecond);
    }
  }, TICK_MS);
}

/** @param {number[]} values sorted here */
function quantile(values, part) {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
}

/** The figures so far; the next window begins. */
function takeWindow() {
  const { times, late, ...counts } = window;
  const busy = performance.eventLoopUtilization(utilization).utilization;
  const figures = {
    ...counts,
    sent: late.length,
    medianMs: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    maxMs: quantile(times, 1),
    lateP99Ms: quantile(late, 0.99),
    busy,
  };
  window = emptyWindow();
  utilization = performance.eventLoopUtilization();
  return figures;
}

async function stop(timeoutMs) {
  clearInterval(ticking);
  stopping = true;
  const deadline = performance.now() + timeoutMs;
  while (underWay > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  window.lost += underWay;
  if (underWay > 0) note(`${underWay} answers did not come within ${timeoutMs} ms`);
}

process.on('message', async (order) => {
  if (order.type === 'begin') {
    plan = order;
    await begin();
  } else if (order.type === 'stop') await stop(order.timeoutMs);
  process.send({ type: order.type, figures: takeWindow() });
});
process.on('disconnect', () => process.exit(0));
