/** What a native library has to fit: read once from the process, and passed on, so that tests can be another machine. */

export interface System {
  /** `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  /** NODE_MODULE_VERSION. */
  readonly abi: string;
  /** Without the `v`. */
  readonly node: string;
  /** Version of the running glibc, such as `2.36`; null where the C library is another one, or cannot be told. */
  readonly glibc: string | null;
}

/** `process.env`, or what stands for it in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function describeSystem(): System {
  return {
    platform: process.platform,
    arch: process.arch,
    abi: process.versions.modules,
    node: process.versions.node,
    glibc: process.platform === 'linux' ? runningGlibc() : null,
  };
}

/** Whether version `a` is older than `b`, part by part. */
export function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor);
}

/** The diagnostic report is Node's only word on the C library that it runs with; it costs a few milliseconds. */
function runningGlibc(): string | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return null;
  const header: unknown = report.header;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return null;
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : null;
}
