/** Webhooks must differ in their URL: how far one has come is kept by it. Primary thread; pure. */

import { rawAt, rawList, rawMap } from './raw-tree.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkWebhooks(context: CheckContext): void {
  const first = new Map<string, number>();
  rawList(rawAt(context.value, ['webhooks'])).forEach((raw, index) => {
    const url = rawMap(raw)?.url;
    if (typeof url !== 'string' || !URL.canParse(url)) return;
    const { href } = new URL(url);
    const earlier = first.get(href);
    if (earlier === undefined) {
      first.set(href, index);
      return;
    }
    const { line } = context.document.locate(['webhooks', earlier, 'url'], 'value');
    const message = `the webhook on line ${line} has this URL already; list all its events there`;
    context.report('DUPLICATE_NAME', ['webhooks', index, 'url'], message);
  });
}
