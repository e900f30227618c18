/** Lines of Prometheus' text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Pure. */

import type { MetricDefinition } from '../../kit/names.ts';

export type Labels = Readonly<Record<string, string>>;

const ESCAPED = /["\\\n]/g;
const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n' };

/** What stands before the samples of a metric. */
export function familyHead({ name, help, type }: MetricDefinition): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

export function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = labelPairs(labels);
  return `${name}${pairs === '' ? '' : `{${pairs}}`} ${formatValue(value)}\n`;
}

/** `route="shop",status="2xx"`: what stands between the braces. */
export function labelPairs(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(ESCAPED, (found) => ESCAPES[found] ?? found)}"`)
    .join(',');
}

export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
