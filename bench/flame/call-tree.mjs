/**
 * From a V8 CPU profile to a tree of calls with times: each frame with its function, the file of src/ that it came from and its room. Pure.
 * The modules of a bundle are found by its source map.
 */

/** In the order of a legend. `native`: C++ of Node and V8, the libraries, and the kernel that they call. */
export const ROOMS = [
  ...['listener', 'router', 'policies', 'balancer', 'exchange', 'upstream', 'response'],
  ...['shared', 'node', 'native', 'gc'],
];

/** Folders of src/worker that are a room; what both sides of a request use is `shared`, as kit and bridge are. */
const WORKER_ROOMS = new Set(ROOMS.slice(0, 7));

/** What a source map calls the source, as the name of a module: `worker/worker`, or `node_modules/long/umd/index`; null for what is neither. */
export function moduleName(source) {
  return /(?:^|\/)(?:build\/|(?=node_modules\/))(.+)\.[cm]?js$/.exec(source ?? '')?.[1] ?? null;
}

/** `moduleOf`: the name of the module that a call frame of ours came from; null for what is not ours. */
export function describeFrame(callFrame, moduleOf) {
  const { functionName, url } = callFrame;
  if (functionName === '(garbage collector)') return { name: 'garbage collector', file: '', room: 'gc' };
  if (functionName === '(program)')
    return { name: 'native code outside of JavaScript', file: '', room: 'native' };
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return { name, file: '', room: 'native' };
  if (url.startsWith('node:')) return { name, file: url, room: 'node' };
  const module = moduleOf(callFrame);
  if (module === null) return { name, file: url.replace(/^.*\//, ''), room: 'shared' };
  if (module.includes('node_modules/')) return { name, file: module, room: 'shared' };
  const [room, folder] = module.split('/');
  return {
    name,
    file: `src/${module}.ts`,
    room: room === 'worker' && WORKER_ROOMS.has(folder) ? folder : 'shared',
  };
}

/**
 * `profile`: as `--cpu-prof` writes it. `from`, `to`: what counts, in microseconds of the same clock as `profile.startTime`.
 * Gives the root, whose `total` is the time in JavaScript and what it called, and `idle`: the rest, which to V8 is also what libuv does between two
 * callbacks, reads of sockets included. Both in microseconds. A frame has `name`, `file`,
 * `room`, `self`, `total` and `children`, the largest first.
 */
export function callTree({ nodes, samples, timeDeltas, startTime }, { from, to, moduleOf }) {
  const root = newFrame({ name: 'worker', file: '', room: 'node' });
  const frames = framesById(nodes, root, moduleOf);
  let idle = 0;
  let at = startTime;
  for (let i = 0; i < samples.length; i++) {
    at += timeDeltas[i];
    // A sample stands for the time until the next one.
    const lasts = timeDeltas[i + 1] ?? 0;
    if (at < from || at >= to) continue;
    const frame = frames.get(samples[i]);
    if (frame === null) idle += lasts;
    else frame.self += lasts;
  }
  sumUp(root);
  return { root, idle };
}

function newFrame(described) {
  return { ...described, self: 0, total: 0, children: [] };
}

/** One frame for each node of the profile; null for (idle). Nodes that look the same below the same frame are one. */
function framesById(nodes, root, moduleOf) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frames = new Map();
  const visit = (id, parent) => {
    const { callFrame, children = [] } = byId.get(id);
    const frame =
      callFrame.functionName === '(idle)' ? null : childOf(parent, describeFrame(callFrame, moduleOf));
    frames.set(id, frame);
    for (const child of children) visit(child, frame);
  };
  const [top] = nodes;
  frames.set(top.id, root);
  for (const child of top.children ?? []) visit(child, root);
  return frames;
}

function childOf(parent, described) {
  const known = parent.children.find(({ name, file }) => name === described.name && file === described.file);
  if (known !== undefined) return known;
  const frame = newFrame(described);
  parent.children.push(frame);
  return frame;
}

function sumUp(frame) {
  for (const child of frame.children) sumUp(child);
  frame.total = frame.children.reduce((sum, child) => sum + child.total, frame.self);
  frame.children.sort((a, b) => b.total - a.total);
}

/** Self time by room, as parts of the whole. */
export function roomShares(root) {
  const shares = Object.fromEntries(ROOMS.map((room) => [room, 0]));
  eachFrame(root, (frame) => {
    shares[frame.room] += frame.self / root.total;
  });
  return shares;
}

/** The functions with the most time of their own, whoever called them: `name`, `file`, `share` of the whole. */
export function busiest(root, count) {
  const sums = new Map();
  eachFrame(root, ({ name, file, self }) => {
    const key = `${name}\n${file}`;
    const known = sums.get(key) ?? { name, file, share: 0 };
    known.share += self / root.total;
    sums.set(key, known);
  });
  return [...sums.values()].sort((a, b) => b.share - a.share).slice(0, count);
}

function eachFrame(frame, visit) {
  visit(frame);
  for (const child of frame.children) eachFrame(child, visit);
}
