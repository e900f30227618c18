/** The two kinds of load: as much as goes in (wrk), and a constant rate (native-bench/rate). Each gives its figures in microseconds. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));
const RATE = fileURLToPath(new URL('../../native-bench/build/rate', import.meta.url));

/** Runs a program that prints one line of JSON; asynchronous, since what is measured is not this process's to hold up. */
async function figuresOf(command, env, cpus) {
  const [program, ...args] = cpus === '' ? command : ['taskset', '-c', cpus, ...command];
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await once(child, 'close');
  const [json] = /\{.*\}/.exec(output) ?? [];
  if (json === undefined) throw new Error(`${command.join(' ')} printed no figures:\n${output}`);
  return JSON.parse(json);
}

/** `requests`, `microseconds`, percentiles, and `bad`: answers that were not 2xx or 3xx, and errors of the connection. */
export function saturate(url, { method = 'GET', headers, upload = 0 }, { seconds, connections, cpus }) {
  const env = {
    LOAD_METHOD: method,
    LOAD_HEADERS: headers.map(([name, value]) => `${name}: ${value}`).join('\n'),
    LOAD_UPLOAD: String(upload),
  };
  const command = ['wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', SCRIPT, url];
  return figuresOf(command, env, cpus);
}

/** `requests`, `errors`, `late`, and percentiles of the times from when a request was due. */
export function atRate(port, path, { headers }, { seconds, connections, cpus, rate }) {
  const command = [RATE, String(port), String(rate), String(seconds), '--connections', String(connections)];
  command.push('--target', path, ...headers.flatMap(([name, value]) => ['--header', `${name}: ${value}`]));
  return figuresOf(command, {}, cpus);
}
