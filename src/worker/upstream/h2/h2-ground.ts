// cold: made once per worker
/** What all HTTP/2 sessions of one worker share. Worker thread. */

import { Deliveries } from './deliveries.ts';
import { FieldNames } from './field-names.ts';
import { ResponseFieldReader } from './response-field-reader.ts';

export class H2Ground {
  readonly deliveries: Deliveries = new Deliveries();
  readonly names: FieldNames = new FieldNames();
  readonly reader: ResponseFieldReader = new ResponseFieldReader();
}
