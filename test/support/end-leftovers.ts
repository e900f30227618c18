/** A setup file of vitest: it runs anew for each test file. */

import { afterAll } from 'vitest';
import { endLeftovers } from './leftovers.ts';

afterAll(endLeftovers);
