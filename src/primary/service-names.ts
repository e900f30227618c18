/** The endpoints that services have by name, as the names resolve now. Primary thread; one for as long as penstock runs. */

import type { Service } from '../bridge/snapshot/model.ts';
import { LogField } from '../kit/names.ts';
import type { Log } from './log.ts';
import { expandEndpoints, namesOf } from './resolve/expand-endpoints.ts';
import { NameWatch } from './resolve/name-watch.ts';
import { makeResolveName } from './resolve/resolve-name.ts';

export class ServiceNames {
  readonly #watch: NameWatch;

  /** `onChange`: what `expand` gives has changed. Once a turn, however many names did. */
  constructor(log: Log['logger'], onChange: () => void) {
    let told = false;
    const tell = (): void => {
      if (told) return;
      told = true;
      setImmediate(() => {
        told = false;
        onChange();
      });
    };
    const fields = (name: string) => ({ [LogField.COMPONENT]: 'resolve', [LogField.HOST]: name });
    this.#watch = new NameWatch({
      resolve: makeResolveName(),
      onChange: (name, addresses) => {
        log.info(fields(name), `the name resolves to ${addresses.join(', ')}`);
        tell();
      },
      onFailure: (name, reason, kept) => {
        const serves = kept === 0 ? 'it has no endpoint yet' : 'its last addresses serve on';
        log.warn(fields(name), `the name does not resolve, ${serves}: ${reason}`);
      },
    });
  }

  /** Looks up names that are new; waits a second for them at most. Gives what `expand` gives. */
  async know(services: readonly Service[]): Promise<readonly Service[]> {
    await this.#watch.know(namesOf(services));
    return this.expand(services);
  }

  expand(services: readonly Service[]): readonly Service[] {
    return expandEndpoints(services, (name) => this.#watch.addresses(name));
  }

  /** These serve: other names are forgotten. */
  settle(services: readonly Service[]): void {
    this.#watch.settle(namesOf(services));
  }

  close(): void {
    this.#watch.close();
  }
}
