/**
 * `penstock/snapshot`: reads what penstock stores (`last-good.snapshot` in the state directory) and prints
 * (`GET /v1/snapshot` as protobuf), for tools that look at a configuration without running it.
 */

export { openStored } from './bridge/snapshot/codec.ts';
export type * from './bridge/snapshot/model.ts';
