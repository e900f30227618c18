/** The admin server of a running penstock: opened, moved to another address, closed. Primary thread. */

import type { HandedSocket } from '../bridge/handed-sockets.ts';
import { formatAddress } from '../kit/address.ts';
import { LogField } from '../kit/names.ts';
import { type Admin, startAdmin } from './admin/server.ts';
import type { Control } from './control.ts';
import type { ConfigDraft } from './draft.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import type { Log } from './log.ts';

/** `configured`: the address. */
const adminId = (configured: string): string => `admin ${configured}`;

export class AdminDoor {
  readonly #control: Control;
  readonly #log: Log;
  #admin: Admin | null = null;
  /** As configured; empty: there is none. */
  #configured = '';

  readonly #inherited: InheritedSockets;

  constructor(control: Control, log: Log, inherited: InheritedSockets) {
    this.#inherited = inherited;
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
    const [handed] = this.#inherited.take([{ id: adminId(formatAddress(admin.address)) }]);
    return await startAdmin({
      address: admin.address,
      fd: handed?.fd,
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

  /** A copy of its listening socket, the caller's to close. */
  share(): HandedSocket[] {
    const shared = this.#admin?.share() ?? null;
    return shared === null ? [] : [{ listener: adminId(this.#configured), ...shared }];
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }
}
