/** `--import` of a process under test: its look-ups go to the name server of the test, at port PENSTOCK_TEST_DNS of this machine. */

import { Resolver } from 'node:dns/promises';

const { resolve4, resolve6 } = Resolver.prototype;
const server = `127.0.0.1:${process.env.PENSTOCK_TEST_DNS}`;

for (const [key, ask] of Object.entries({ resolve4, resolve6 })) {
  Object.assign(Resolver.prototype, {
    [key](/** @type {string} */ name, /** @type {{ ttl: true }} */ options) {
      this.setServers([server]);
      return Reflect.apply(ask, this, [name, options]);
    },
  });
}
