/** Hooks that stand in nobody's way: no budget, no pre-check; failures get their causes from the catalogue. */

import { classify } from '../../src/primary/certs/acme/diagnosis/classify.ts';
import type { IssueHooks } from '../../src/primary/certs/acme/issue-hooks.ts';

const yes = async () => ({ ok: true }) as const;

export const OPEN_HOOKS: IssueHooks = {
  budget: {
    mayOrder: yes,
    ordered: async () => {},
    issued: async () => {},
    failed: async () => {},
    limited: async () => {},
    mayRegister: yes,
    registered: async () => {},
    registrationsLimited: async () => {},
  },
  diagnosis: {
    preCheck: async () => ({ stop: null, warnings: [] }),
    classify: (failed) => classify({ ...failed, publicAddresses: [], isPublic: false }),
    waitScopeOf: () => 'account' as const,
  },
  emit: () => {},
};
