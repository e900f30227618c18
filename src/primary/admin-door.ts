/** The admin server of a running penstock: opened, moved to another address, closed. Primary thread. */

import { formatAddress } from '../kit/address.ts';
import { LogField } from '../kit/names.ts';
import { type Admin, startAdmin } from './admin/server.ts';
import type { Control } from './control.ts';
import type { ConfigDraft } from './draft.ts';
import type { Log } from './log.ts';

export class AdminDoor {
  readonly #control: Control;
  readonly #log: Log;
  #admin: Admin | null = null;
  /** As configured; empty: there is none. */
  #configured = '';

  constructor(control: Control, log: Log) {
    this.#control = control;
    this.#log = log;
  }

  /** Where it listens; empty: nowhere. */
  get address(): string {
    return this.#admin?.address ?? '';
  }

  /** Opens the admin address of a draft, if it is another one than now. The one before stays open until `use`. */
  async open({ listen: { admin }, adminToken }: ConfigDraft): Promise<Admin | null> {
    if (admin === null || formatAddress(admin.address) === this.#configured) return null;
    return await startAdmin({
      address: admin.address,
      token: adminToken,
      control: this.#control,
      log: this.#log.logger.child({ [LogField.COMPONENT]: 'admin' }),
      secrets: this.#log.secrets,
    });
  }

  /** `opened`: what `open` gave for the draft. */
  async use({ listen: { admin }, adminToken }: ConfigDraft, opened: Admin | null): Promise<void> {
    const before = this.#admin;
    before?.setToken(adminToken);
    if (opened === null && admin !== null) return;
    this.#admin = opened;
    this.#configured = admin === null ? '' : formatAddress(admin.address);
    await before?.close();
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }
}
