/** A setup file of vitest: it runs anew for each test file. */

// Node makes this module at its first use. Seen in a process that unit and guards tests share: made in the midst of one of them, it
// lacked functions for all that followed.
import 'node:tls';
import { afterAll } from 'vitest';
import { endLeftovers } from './leftovers.ts';

afterAll(endLeftovers);
