/** Writing the log. This folder's only door. */
export { Producer } from './producer.js';
export {
  DEFAULT_PRODUCER_OPTIONS,
  type ProducerOptions,
  resolveProducerOptions,
} from './producer-options.js';
export { type Delivery, headerList, type ProducerRecord, type RecordHeaders } from './producer-record.js';
