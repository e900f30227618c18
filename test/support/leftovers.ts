/**
 * What a test file started and did not end itself is ended behind it. Files may share a process and with it the modules of
 * test/support, whose own hooks would belong to the first file alone: `end-leftovers.ts` runs for each.
 */

const enders: (() => void)[] = [];

/** `end` ends whatever is left of one kind; called behind each test file of this process. */
export function endBehindEachFile(end: () => void): void {
  enders.push(end);
}

export function endLeftovers(): void {
  for (const end of enders) end();
}
