/** Preloaded into a penstock: neither koffi nor uWebSockets.js can be loaded, as on a system that they have no build for. */
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveWithout(request, ...rest) {
  if (request === 'koffi' || request === 'uWebSockets.js')
    throw new Error(`there is no ${request} for this system`);
  return resolve.call(this, request, ...rest);
};
